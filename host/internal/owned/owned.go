package owned

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"runtime"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// Name returns the name of a user, or the number when it has none.
func Name(uid int) string {
	if found, err := user.LookupId(strconv.Itoa(uid)); err == nil && found.Username != "" {
		return found.Username
	}
	return strconv.Itoa(uid)
}

// Ours refuses a directory of another user, and one that other users may write to.
func Ours(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return host.Invalid("data-dir", dir, "cannot be read: "+err.Error()).Because(err)
	}
	return Judge(dir, info, os.Geteuid(), os.Args)
}

// Judge is Ours for a process of user self that was started as args.
func Judge(dir string, info fs.FileInfo, self int, args []string) error {
	uid, known := UID(info)
	if !known {
		return nil
	}
	if uid != self {
		p := host.Invalid("data-dir", dir, fmt.Sprintf("belongs to the user %s, and this command runs as %s: "+
			"%s could not open the files that it makes there", Name(uid), Name(self), Name(uid)))
		p.Remedy = "Run it as that user: " + As(uid, args)
		return p
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		p := host.Invalid("data-dir", dir, fmt.Sprintf("can be written to by other users (mode %04o): "+
			"they could put a key and a store of their own there", mode))
		p.Remedy = "Run: chmod 700 " + quote(dir)
		return p
	}
	return nil
}

// As returns the command that runs args as another user.
func As(uid int, args []string) string {
	words := []string{"sudo", "-u", Name(uid), "--"}
	if runtime.GOOS == "linux" && os.Geteuid() == 0 {
		words[0] = "runuser"
	}
	if _, err := strconv.Atoi(words[2]); err == nil {
		words[0], words[2] = "sudo", "#"+words[2] // a user without a name
	}
	words = append(words, args...)
	for i, word := range words {
		words[i] = quote(word)
	}
	return "`" + strings.Join(words, " ") + "`"
}

// quote quotes a word for a shell.
func quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,@%+", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
