/** All that any of the doors puts on a request: one member is itself, of several a session has what each has. */
export type SessionOfDoors<Doors> = (
  Doors[keyof Doors] extends infer Session ? (Session extends unknown ? (session: Session) => void : never) : never
) extends (session: infer All) => void
  ? All
  : never
