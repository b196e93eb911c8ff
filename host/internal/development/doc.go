// Package development uses a program that its author works on as a connector, for as long
// as its lease is renewed. What it reads carries host.TrustDevelopment in run and record.
//
//	own program ──Start──▶ in development ──Reload, good──▶ the new program
//	     ▲                   │   ▲   └── bad: the last good program stays
//	     │                   │   └── Renew (every few seconds)
//	     └── End, 15 s without Renew, or the host ends ──┘
//
// The host runs a copy, so that a build never changes what runs. A run under way goes on
// with the program it was started with.
package development
