/** The type of `req.session`: the only member of `Parts`, or of several what they have in common as one type. */
export type SessionProperty<Parts> = (
  Parts[keyof Parts] extends infer Session ? (Session extends unknown ? (session: Session) => void : never) : never
) extends (session: infer All) => void
  ? All
  : never
