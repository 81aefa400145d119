/** The type of `req.session`: the intersection of the members of `Parts`, or its only member. */
export type SessionProperty<Parts> = (
  Parts[keyof Parts] extends infer Session ? (Session extends unknown ? (session: Session) => void : never) : never
) extends (session: infer All) => void
  ? All
  : never
