import type { ReactNode } from 'react'

export const metadata = { title: 'Your account', icons: 'data:,' }
export const viewport = { colorScheme: 'light dark' }

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <link rel="stylesheet" href="/fleet.css" />
        <link rel="stylesheet" href="/page.css" />
      </head>
      <body>{children}</body>
    </html>
  )
}
