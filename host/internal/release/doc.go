// Package release owns what connectors are distributed as: the manifest, the
// archive and the OCI artifact that hold a release, its signature, and the inventory in
// the data directory on which installed releases stand with their lock file.
//
// It never starts a program, never decides for a person, and knows no other room:
// that the program says what its manifest says, that it passes its test and that a
// run of it broke is told to it by the rooms above.
//
//	offered ──signature, manifest──▶ verified ──every file's hash──▶ installed beside
//	   │            │                                                      │ tried
//	   └─ refused ──┴───────────── nothing is left on disk ◀── refused ────┤
//	                                                                       ▼
//	             removed ◀── Remove ── current (on trial) ──first complete run──▶ kept
//	                                        │
//	                                        └──broke, or a person said so──▶ rolled back
//
// # Files
//
// All of these are the agent's, which alone writes the data directory; no
// connector can.
//
//	DIR/connectors.lock.json              what is installed and trusted; replaced as a whole
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
