// Package access decides who may call the API and in whose name a call acts. The user at
// the other end of the unix socket is asked of the system, and no connector is let in; the
// window is the user of this process; a browser needs a session, which a one-time link
// gives. Links are kept in memory, sessions nowhere: their cookies are signed.
package access
