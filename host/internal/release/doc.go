// Package release reads, writes and installs what connectors are distributed as. It never
// starts a program and decides nothing for a person: the packages above test a program,
// watch its runs and ask.
//
// Release    a manifest, its signature and the files that the manifest names
// Source     where a release is read from: an archive, a directory or a registry
// Staged     a verified release on disk beside what is installed
// Inventory  the installed releases of a data directory, with their lock file
// Trial      a new current version, until a run of it is complete
//
//	offered ──signature, manifest──▶ verified ──every file's hash──▶ staged
//	   │            │                                                      │ tested
//	   └─ refused ──┴───────────── nothing is left on disk ◀── refused ────┤
//	                                                                       ▼
//	             removed ◀── Remove ── current (on trial) ──first complete run──▶ kept
//	                                        │
//	                                        └──a run broke, or a person asked──▶ rolled back
//
// Files in the data directory, which only the agent writes:
//
//	connectors.lock.json         what is installed; replaced as a whole
//	connectors/ID/VERSION/       one release: program (0500) or description,
//	                             manifest.json, its .minisig, SBOM (0400)
//	connectors/.staging-*/       a staged release; deleted at the next start
//	connectors/NAME              a program that a person put there; never changed here
//
// The package starts no goroutines. See design.md for the form of a release.
package release
