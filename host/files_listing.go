package host

import "time"

// FileListing is what a directory holds that a person may choose from. It names files and
// says nothing of their content.
type FileListing struct {
	Roots   []FileRoot  `json:"roots" doc:"The directories below which files may be chosen"`
	Path    string      `json:"path" doc:"The directory that is listed; empty when there is no root"`
	Parent  string      `json:"parent,omitempty" doc:"The directory above; absent at a root"`
	Entries []FileEntry `json:"entries" doc:"Directories first, then files, each by name; hidden ones are left out"`
	Cut     bool        `json:"cut" doc:"The directory holds more than is listed"`
}

// FileRoot is a directory below which files may be chosen.
type FileRoot struct {
	Path  string `json:"path"`
	Title string `json:"title" doc:"For people"`
}

// FileEntry is a directory or a regular file.
type FileEntry struct {
	Name       string    `json:"name"`
	Path       string    `json:"path"`
	Directory  bool      `json:"directory"`
	Bytes      int64     `json:"bytes" doc:"Size of a file; 0 for a directory"`
	ModifiedAt time.Time `json:"modified_at"`
}
