package owned

import "io/fs"

// UID knows no owner: Windows keeps users apart by access lists, and a person's
// own folders are private.
func UID(fs.FileInfo) (uid int, known bool) { return 0, false }
