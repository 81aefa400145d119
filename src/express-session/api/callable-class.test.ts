import { inherits } from 'node:util'
import { describe, expect, it } from 'vitest'
import { callableWithoutNew } from './callable-class.js'

class Counter {
  declare count: number
  constructor() {
    this.count = 0
  }
  increase(): number {
    return ++this.count
  }
}

const Callable = callableWithoutNew(Counter, (self) => {
  ;(self as Counter).count = 10
})

describe('a class that is callable without new', () => {
  it('creates objects with new', () => {
    const counter = new Callable()
    expect(counter.increase()).toBe(1)
    expect(counter).toBeInstanceOf(Callable)
    expect(counter).toBeInstanceOf(Counter)
    expect(counter.constructor).toBe(Callable)
  })

  it('can be extended by a class', () => {
    class Double extends Callable {
      override increase(): number {
        super.increase()
        return super.increase()
      }
    }
    expect(new Double().increase()).toBe(2)
    expect(new Double()).toBeInstanceOf(Callable)
  })

  it('initialises an existing object when it is called as a function', () => {
    function Old(this: object): void {
      Reflect.apply(Callable, this, [])
    }
    inherits(Old, Callable)
    const old = new (Old as never as new () => Counter)()
    expect(old.increase()).toBe(11)
    expect(old).toBeInstanceOf(Callable)
  })
})
