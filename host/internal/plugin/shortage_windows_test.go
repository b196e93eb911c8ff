package plugin_test

// shortOfFiles is never set: Windows has no such limit.
const shortOfFiles = "PLUMBLINE_TEST_SHORT_OF_FILES"

func listWithFewFiles(string) int { return 1 }
