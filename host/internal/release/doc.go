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
//	connectors.lock.json         what is installed and trusted; replaced as a whole
//	connectors/ID/VERSION/       one release: program (0500) or description,
//	                             manifest.json, its .minisig, SBOM (0400)
//	connectors/.staging-*/       a staged release; deleted at the next start
//	connectors/NAME              a program that a person put there; never changed here
//
//	DIR/connectors.lock.json              what is installed; replaced as a whole
//	DIR/connectors/ID/VERSION/            one release: program (0500) or description,
//	                                      manifest.json, its .minisig, SBOM (0400)
//	DIR/connectors/.staging-*/            a release being verified; deleted at the next start
//	DIR/connectors/NAME                   a program that a person dropped in; never touched here
//
// A directory that the lock file does not name is what a killed install left, and is
// deleted at the next start. A lock file that cannot be read changes nothing: what is
// installed stays, cannot be used, and the doctor says so.
//
// # A release
//
// An archive is a gzipped tar: manifest.json, then its signature, then everything
// the manifest names, and nothing else. So a reader knows who vouches for a byte
// before it looks at it, and writes nothing that the manifest does not name with its
// size and hash. A directory holds the same files. An OCI artifact has them as
// layers, manifest and signature first; of the programs only this machine's is
// fetched.
//
// For each machine there is at most one program. A file that describes a connector,
// ID.connector.yaml, is for any/any and alone; a script is in the release once,
// for each system that hands it to its interpreter. What either requires of a machine
// stands in the manifest, so that it is known before anything is read or started:
// manifests from before that require nothing, and hosts from before it ignore it.
//
// The signature is minisign's over manifest.json. Its trusted comment names the
// signer's public key, so that a first install can show it; what decides is the key
// that a person agreed to, which the lock file keeps. Keys do not expire: a release
// that could be installed yesterday can be installed today.
//
// It starts no goroutines.
package release
