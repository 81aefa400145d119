'use client'

export default function Failure({ error }) {
  return <p>failed {error.digest}</p>
}
