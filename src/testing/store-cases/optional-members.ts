/** The members of a store that a harness declares. */
export const optionalMembers = ['users', 'list', 'journal', 'announcements'] as const

export type OptionalMember = (typeof optionalMembers)[number]

export function isOptional(name: string): name is OptionalMember {
  return optionalMembers.some((member) => member === name)
}
