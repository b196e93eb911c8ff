package fleet

// Unkept returns how many runs were read since the file was written.
func Unkept(f *Fleet) int64 { return f.unkept.Load() }
