package host

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// credentialPaths are directories and files of a home directory that hold credentials of
// other programs.
func credentialPaths() []string {
	return []string{
		".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".netrc", ".pgpass", ".git-credentials", ".password-store", ".vault-token",
		".mozilla", ".config/gcloud", ".config/gh", ".config/google-chrome", ".config/chromium", ".config/op", ".local/share/keyrings",
		".terraform.d", ".npmrc", ".pypirc", "Library/Keychains", "AppData",
	}
}

// systemPaths are what no connector reads as a whole, and nothing below it: other
// processes, devices, sockets and what the system keeps of its users' passwords.
func systemPaths() []string {
	return []string{"/proc", "/sys", "/dev", "/run", "/var/run", "/etc/shadow", "/etc/gshadow", "/etc/ssh", "/etc/sudoers", "/etc/sudoers.d"}
}

// homes are the directories in which home directories lie.
func homes() []string { return []string{"/home", "/Users", "/root", "/var/root"} }

// Refused returns why no connector may read the path, "" when one may. Home is the
// home directory of the user that the host runs as, "" when it is not known. The
// path is judged as it is written: follow its links first and judge both.
func (f FileAccess) Refused(home string) string {
	at := path.Clean(strings.ReplaceAll(f.Path, `\`, "/"))
	if !strings.HasPrefix(at, "/") {
		return "" // "{setting}", or a path of another system
	}
	for _, kept := range systemPaths() {
		if within(at, kept) {
			return fmt.Sprintf("%s belongs to the system", f.Path)
		}
		if within(kept, at) {
			return fmt.Sprintf("%s holds %s, which belongs to the system", f.Path, kept)
		}
	}
	for _, of := range append(homes(), home) {
		if of != "" && within(of, at) {
			return fmt.Sprintf("%s holds the whole of a home directory", f.Path)
		}
	}
	if dir, _ := path.Split(at); slices.Contains([]string{"/home/", "/Users/"}, dir) {
		return fmt.Sprintf("%s is the whole of a home directory", f.Path)
	}
	for _, kept := range credentialPaths() {
		if strings.Contains(at+"/", "/"+kept+"/") {
			return fmt.Sprintf("%s holds credentials of other programs", f.Path)
		}
	}
	return ""
}

// within reports whether a path is dir or below it.
func within(at, dir string) bool {
	return at == dir || strings.HasPrefix(at, strings.TrimSuffix(dir, "/")+"/")
}
