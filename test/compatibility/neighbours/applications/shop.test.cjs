// The shop's own tests, for Jest: CommonJS, and agents of supertest that keep cookies.
const request = require('supertest')
const { Cookie, MemoryStore, Store } = require('express-session')
const { RedisStore } = require('connect-redis')
const { createShop, client } = require('./shop.cjs')

beforeAll(() => client.connect())
afterAll(() => client.close())

describe.each([{ inRedis: false }, { inRedis: true }])('the shop, %o', ({ inRedis }) => {
  const app = createShop({ inRedis })

  it('sets no cookie for who only looks', async () => {
    const response = await request(app).get('/basket').expect(200, [])
    expect(response.headers['set-cookie']).toBeUndefined()
  })

  it('keeps a basket for an agent, and another for another', async () => {
    const [ada, bob] = [request.agent(app), request.agent(app)]
    await ada
      .post('/basket')
      .send({ item: 'tea' })
      .expect(201)
      .expect('set-cookie', /^shop=s%3A[\w-]{32}\.[\w%]{43,}; Path=\/; HttpOnly$/)
    await ada.post('/basket').send({ item: 'milk' }).expect(201, ['tea', 'milk'])
    await bob.get('/basket').expect(200, [])
    await ada.get('/basket').expect(200, ['tea', 'milk'])
  })

  it('changes the cookie at the sign-in, and knows who it is', async () => {
    const ada = request.agent(app)
    const before = await ada.post('/basket').send({ item: 'tea' })
    const after = await ada.post('/sign-in').send({ name: 'ada' }).expect(204)
    expect(after.headers['set-cookie']).not.toEqual(before.headers['set-cookie'])
    await ada.get('/me').expect(200, { user: 'ada', isNew: false })
    await ada.get('/basket').expect(200, ['tea'])
    await request(app).get('/me').set('Cookie', before.headers['set-cookie'][0]).expect(200, { isNew: false })
  })

  it('forgets at the sign-out', async () => {
    const ada = request.agent(app)
    await ada.post('/sign-in').send({ name: 'ada' })
    await ada.delete('/session').expect(204)
    const { body } = await ada.get('/me').expect(200)
    expect(body.user).toBeUndefined()
  })
})

it('has the classes of the packages', async () => {
  expect(new MemoryStore()).toBeInstanceOf(Store)
  expect(new RedisStore({ client })).toBeInstanceOf(Store)
  expect(new Cookie({ maxAge: 1000 }).toJSON()).toMatchObject({ originalMaxAge: 1000, path: '/', httpOnly: true })
})
