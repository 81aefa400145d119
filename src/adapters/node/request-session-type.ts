/**
 * The type of `req.session`, from the members that the parts of this package declare: the only one, or what all of them have in
 * common by intersection.
 */
export type RequestSession<Declared> = (
  Declared[keyof Declared] extends infer Session
    ? Session extends unknown
      ? (session: Session) => void
      : never
    : never
) extends (session: infer All) => void
  ? All
  : never
