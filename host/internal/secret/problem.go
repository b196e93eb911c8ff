package secret

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
)

// problem refuses to open the data directory's key.
func problem(message, remedy string) *host.Problem {
	return &host.Problem{
		Code: host.CodeStoreKey, Message: message, Remedy: remedy, Fault: host.FaultHost, Retry: host.RetryWhenConfigChanges,
	}
}

func missing(where string) *host.Problem {
	return problem(
		fmt.Sprintf("the master key of this data directory is not in %s, where it was kept", where),
		"Put the key back there, or restore a backup into a new data directory; without it the stored data cannot be read.")
}

func otherKey(where, want, got string) *host.Problem {
	return problem(
		fmt.Sprintf("the key in %s is not the one this data directory was made with (fingerprint %s instead of %s)", where, got, want),
		"Put the right key back, or use the data directory that belongs to this one.")
}

func switched(dir, have, want string) *host.Problem {
	return problem(
		fmt.Sprintf("the master key of %s is kept in %q, not in %q", dir, have, want),
		fmt.Sprintf("Set secrets.key to %q or to \"auto\".", have))
}

func readableByOthers(path string, mode fs.FileMode) *host.Problem {
	return problem(
		fmt.Sprintf("the key file %s can be read by others (mode %04o)", path, mode),
		fmt.Sprintf("Run: chmod 600 %s", path))
}

func anothersFile(path string, uid int) *host.Problem {
	return problem(
		fmt.Sprintf("the key file %s belongs to the user %s and not to %s, who runs Plumbline",
			path, owned.Name(uid), owned.Name(os.Geteuid())),
		fmt.Sprintf("Find out who made it. If it is the right one, run as root: chown %s %s", owned.Name(os.Geteuid()), path))
}

func damagedRecord(path string) *host.Problem {
	return problem(
		fmt.Sprintf("the file %s, which says where the master key is, cannot be read", path),
		"Restore it from a backup of the data directory.")
}

func keychainProblem(where string, err error) *host.Problem {
	if errors.Is(err, errSilent) {
		return problem(
			fmt.Sprintf("%s did not answer within %s", where, keychainTimeout),
			"Unlock the keychain, where a window may ask for its password, or restart the session bus; then try again. "+
				"On a server without a session use a new data directory with secrets.key: file.").Because(err)
	}
	return problem(
		fmt.Sprintf("%s cannot be used now: %v", where, err),
		"Unlock the keychain and try again, or use a new data directory with secrets.key: file.").Because(err)
}
