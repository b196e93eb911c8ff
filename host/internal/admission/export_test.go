package admission

import "io/fs"

// MeasureIn measures the machine whose files are below root.
func MeasureIn(root fs.FS) Machine { return measure(root) }
