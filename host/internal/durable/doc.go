// Package durable writes files so that a power cut leaves the old content or the new
// content, never half of it or an empty file.
//
// A rename alone does not do that: the file system may store the new name before
// it stores the bytes. So Write and Create write a file beside the target, wait
// until its bytes are on disk, rename it, and wait until the directory is on disk.
// Every file of the host that is renamed into place goes through here, except
// owner.json (package datadir), which says nothing after a power cut.
//
// A power cut can leave the file beside the target. Sweep deletes such files.
package durable
