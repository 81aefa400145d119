// Stores as applications and packages have written them over the years, one for each page.
const { EventEmitter } = require('node:events')
const { inherits } = require('node:util')
const express = require('express')
const session = require('express-session')
const Cookie = require('express-session/session/cookie')
const MemoryStore = require('express-session/session/memory')
const Session = require('express-session/session/session')
const Store = require('express-session/session/store')

/** The way of packages that are given the module, as connect-redis was until version 6. */
function connectInherited(session) {
  const Store = session.Store ?? session.session.Store

  function InheritedStore(options) {
    Store.call(this, options)
    this.prefix = options.prefix
    this.sessions = {}
  }
  inherits(InheritedStore, Store)

  InheritedStore.prototype.get = function (id, callback) {
    const text = this.sessions[this.prefix + id]
    callback(null, text && JSON.parse(text)) // at once
  }
  InheritedStore.prototype.set = function (id, session, callback) {
    this.sessions[this.prefix + id] = JSON.stringify(session)
    callback?.()
  }
  InheritedStore.prototype.destroy = function (id, callback) {
    delete this.sessions[this.prefix + id]
    callback?.()
  }
  return InheritedStore
}

/** The way of before `util.inherits`. */
function ProtoStore() {
  Store.call(this)
  this.sessions = new Map()
}
ProtoStore.prototype.__proto__ = Store.prototype
ProtoStore.prototype.get = function (id, callback) {
  setImmediate(() => {
    const text = this.sessions.get(id)
    if (text === undefined) return callback(Object.assign(new Error('no such file'), { code: 'ENOENT' }))
    callback(null, JSON.parse(text))
  })
}
ProtoStore.prototype.set = function (id, session, callback) {
  this.sessions.set(id, JSON.stringify({ ...session, cookie: session.cookie.toJSON(), lastModified: 'just now' }))
  setImmediate(callback)
}
ProtoStore.prototype.destroy = function (id, callback) {
  this.sessions.delete(id)
  setImmediate(callback)
}
ProtoStore.prototype.touch = function (id, session, callback) {
  setImmediate(callback)
}

class ClassStore extends session.Store {
  constructor(options) {
    super(options)
    this.options = options
    this.sessions = new Map()
  }
  async get(id, callback) {
    callback(null, this.sessions.get(id))
  }
  async set(id, session, callback) {
    this.sessions.set(id, JSON.parse(JSON.stringify(session)))
    callback?.(null)
  }
  async destroy(id, callback) {
    this.sessions.delete(id)
    callback?.(null)
  }
}

/** Counts what is stored. */
function CountingStore() {
  MemoryStore.call(this)
  this.count = 0
}
inherits(CountingStore, MemoryStore)
CountingStore.prototype.set = function (id, session, callback) {
  this.count += 1
  MemoryStore.prototype.set.call(this, id, session, callback)
}

const InheritedStore = connectInherited(session)
const stores = {
  inherited: new InheritedStore({ prefix: 'old:' }),
  proto: new ProtoStore(),
  class: new ClassStore({ any: 'thing' }),
  counting: new CountingStore(),
}

const app = express()
for (const [name, store] of Object.entries(stores)) {
  const page = express.Router()
  const cookie = { path: `/${name}`, maxAge: 600_000 }
  page.use(session({ name, secret: 'keyboard cat', store, resave: false, saveUninitialized: false, cookie }))
  app.use(`/${name}`, page)

  page.get('/', (request, response) => response.json(request.session))
  page.get('/kinds', (request, response) => {
    const { session: own, sessionStore } = request
    const kinds = { Store, EventEmitter, MemoryStore, InheritedStore, ProtoStore, ClassStore, CountingStore }
    const isOf = Object.keys(kinds).filter((kind) => sessionStore instanceof kinds[kind])
    const isWhole = own instanceof Session && own instanceof session.Session && own.cookie instanceof Cookie
    response.json({ isOf, isWhole, isSame: session.Store === Store && session.MemoryStore === MemoryStore })
  })
  page.post('/increment', (request, response) => {
    request.session.count = (request.session.count ?? 0) + 1
    response.redirect(`/${name}`)
  })
  page.post('/renew', (request, response, next) => {
    const { count } = request.session
    store.regenerate(request, (error) => {
      if (error) return next(error)
      request.session.count = count
      request.session.save((error) => (error ? next(error) : response.redirect(`/${name}`)))
    })
  })
  page.get('/loaded', (request, response, next) => {
    store.load(request.sessionID, (error, loaded) => {
      if (error && error.code !== 'ENOENT') return next(error)
      response.json({ loaded, isSession: loaded instanceof Session, id: loaded?.id === request.sessionID })
    })
  })
  page.post('/destroy', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.redirect(`/${name}`)))
  })
}

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
