// oxlint-disable typescript/no-unnecessary-type-parameters -- the parameters are there to be compared

/** Whether two types are the same one: `any` and `unknown` equal only themselves, and a missing `readonly` or `?` counts. */
export type Equals<One, Other> =
  (<Type>() => Type extends One ? 1 : 2) extends <Type>() => Type extends Other ? 1 : 2 ? true : false

/** Compiles only where its type argument is `true`. */
export function check<_Claim extends true>(): void {}
