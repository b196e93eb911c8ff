// Package artifact keeps files that people add, such as evidence, in one directory. A file is named by the SHA-256 of its content, so that
// `sha256sum` shows whether a byte was changed. Files are readable by their owner alone and are not encrypted, as exports are not.
//
//	upload ── Put ──▶ .upload.unfinished-* ── size, name and type are right ──▶ ab/ab12…
//	                        │
//	                        └── otherwise, and after a crash ──▶ deleted
//
// A file is accepted if its name has one of the allowed endings and its content is what the ending says; Types has them. Content is
// examined in the file that was written, with little memory. Of a package of an office program only the directory is read, so that what
// is in it need not be unpacked.
//
// A file never changes. Delete deletes files that the caller does not name and that are older than a day.
package artifact
