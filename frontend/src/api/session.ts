let signedOut = false
const listeners = new Set<() => void>()

/** Whether the agent has refused this browser for having no session. */
export const session = {
  signedOut: () => signedOut,
  markSignedOut() {
    if (signedOut) return
    signedOut = true
    for (const listener of listeners) listener()
  },
  subscribe(listener: () => void) {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  },
}
