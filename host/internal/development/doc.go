// Package development lets a program that its author works on take a connector's
// place, for as long as its lease is renewed. What it reads carries
// host.TrustDevelopment in run and record.
//
//	own program ──Start──▶ in development ──Reload, good──▶ the new one
//	     ▲                   │   ▲   └── bad: the last good one stays
//	     │                   │   └── Renew (every few seconds)
//	     └── End, 15 s without Renew, or the host ends ──┘
//
// The host runs a copy, so that a build never changes what runs. A run under way goes
// on with the program it was started with.
package development
