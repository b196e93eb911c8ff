// Package durable writes files so that a power cut leaves the old content or the new
// content, never half of it or an empty file.
//
// A rename alone may reach the disk before the bytes do. So Write and Create write a file
// beside the target, sync it, rename it and sync the directory. Every file of the host that
// is renamed goes through here, except owner.json (package datadir), which means nothing
// after a power cut. Sweep deletes the files that a power cut leaves beside the target.
package durable
