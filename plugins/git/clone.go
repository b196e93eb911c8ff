package main

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/plumbline-dev/plumbline/sdk"
)

// mostAlternates is how many other object directories a repository may borrow from.
const mostAlternates = 20

// cacheBytes is what the cache of objects may take.
const cacheBytes = 32 << 20

type settings struct {
	Path    string `json:"path"`
	Name    string `json:"name"`
	Branch  string `json:"branch"`
	Days    int    `json:"days"`
	OpenPGP string `json:"openpgp_keys"`
	SSH     string `json:"ssh_signers"`
}

// clone is a repository on this machine.
type clone struct {
	settings settings
	dir      string // with objects and refs
	config   *config.Config
	stores   []*filesystem.Storage // the repository's own, then those that it borrows objects from
	shallow  map[plumbing.Hash]bool
	refs     map[plumbing.ReferenceName]*plumbing.Reference
	keys     keys

	name   string
	origin string // address without credentials
	branch string // "" = not known
	head   plumbing.Hash
}

func open(s *sdk.Session) (*clone, error) {
	c := &clone{}
	if err := s.Settings(&c.settings); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(c.settings.Path) {
		return nil, sdk.ConfigInvalid("/path", "%s is not a full path", c.settings.Path)
	}
	var err error
	if c.keys, err = readKeys(c.settings); err != nil {
		return nil, err
	}
	if c.dir, err = gitDirectory(c.settings.Path); err != nil {
		return nil, err
	}
	if err := c.readConfig(); err != nil {
		return nil, err
	}
	if err := c.openStores(); err != nil {
		return nil, err
	}
	if err := c.readRefs(); err != nil {
		c.close()
		return nil, err
	}
	c.origin = originOf(c.config)
	c.name = c.nameOf()
	c.chooseBranch()
	return c, nil
}

// unreadable is the error of a path that is not a repository or cannot be read.
func unreadable(path string, err error) error {
	var reason *fs.PathError
	if errors.As(err, &reason) {
		err = reason.Err
	}
	e := sdk.ConfigInvalid("/path", "%s cannot be read: %s", path, err)
	if errors.Is(err, fs.ErrPermission) {
		return e.WithRemedy("Allow the account that runs Plumbline to read the directory.")
	}
	return e
}

// gitDirectory returns the directory with the objects and refs of a repository: of a clone, of a bare repository, or of
// that to which a worktree or a submodule belongs.
func gitDirectory(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	if !info.IsDir() {
		return "", sdk.ConfigInvalid("/path", "%s is not a directory", path)
	}
	dir := filepath.Join(path, ".git")
	info, err = os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		dir = path
	case err != nil:
		return "", unreadable(dir, err)
	case !info.IsDir():
		if dir, err = linked(path, dir, "gitdir: "); err != nil {
			return "", err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "commondir")); err == nil {
		if dir, err = linked(dir, filepath.Join(dir, "commondir"), ""); err != nil {
			return "", err
		}
	}
	for _, part := range []string{"HEAD", "objects"} {
		if _, err := os.Stat(filepath.Join(dir, part)); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return "", sdk.ConfigInvalid("/path", "%s is not a Git repository: it has no %s", path, part)
			}
			return "", unreadable(dir, err)
		}
	}
	return dir, nil
}

// opens returns an error when a directory cannot be read. A contained program may learn of directories that it cannot open.
func opens(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return f.Close()
}

// linked reads a file that has the path of another directory.
func linked(base, file, prefix string) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", unreadable(file, err)
	}
	to, found := strings.CutPrefix(strings.TrimSpace(string(raw)), prefix)
	if !found || to == "" {
		return "", sdk.ConfigInvalid("/path", "%s does not name the directory of the repository", file)
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(base, to)
	}
	if err := opens(to); err != nil {
		return "", sdk.ConfigInvalid("/path", "%s belongs to the repository at %s, which cannot be read", base, to).
			WithRemedy("Enter the directory of the main repository instead of a worktree or submodule.")
	}
	return to, nil
}

// readConfig reads the repository's own configuration and refuses formats that the connector does not read.
func (c *clone) readConfig() error {
	raw, err := os.ReadFile(filepath.Join(c.dir, "config"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unreadable(c.dir, err)
	}
	if c.config, err = config.ReadConfig(bytes.NewReader(raw)); err != nil {
		return sdk.ConfigInvalid("/path", "the configuration of the repository cannot be read: %s", err)
	}
	section := c.config.Raw.Section("extensions")
	for _, option := range section.Options {
		key, value := strings.ToLower(option.Key), strings.ToLower(option.Value)
		switch {
		case key == "objectformat" && value == "sha256":
			return sdk.ConfigInvalid("/path", "the repository names its objects with SHA-256, which the connector does not read").
				WithRemedy("Connect a repository with SHA-1 objects, or read this one at the service that hosts it.")
		case key == "refstorage" && value != "files":
			return sdk.ConfigInvalid("/path", "the repository keeps its branches in the format %q, which the connector does not read", value).
				WithRemedy("Convert it with git refs migrate --ref-format=files, or connect a clone with files.")
		case key == "objectformat", key == "refstorage", key == "noop", key == "noop-v1", key == "partialclone", key == "preciousobjects",
			key == "worktreeconfig", key == "relativeworktrees":
		default:
			return sdk.ConfigInvalid("/path", "the repository needs the extension %q, which the connector does not know", key)
		}
	}
	return nil
}

// openStores opens the objects of the repository and of those that it borrows from.
func (c *clone) openStores() error {
	dirs := []string{c.dir}
	for i := 0; i < len(dirs); i++ {
		if len(dirs) > mostAlternates {
			return sdk.ConfigInvalid("/path", "the repository borrows objects from more than %d others", mostAlternates)
		}
		objects := cache.NewObjectLRU(cacheBytes)
		c.stores = append(c.stores, filesystem.NewStorageWithOptions(osfs.New(dirs[i]), objects, filesystem.Options{KeepDescriptors: true}))
		more, err := alternatesOf(dirs[i])
		if err != nil {
			c.close()
			return err
		}
		for _, dir := range more {
			if !contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	return nil
}

func contains(all []string, one string) bool {
	for _, other := range all {
		if other == one {
			return true
		}
	}
	return false
}

// alternatesOf returns the repositories whose objects a repository borrows.
func alternatesOf(dir string) ([]string, error) {
	objects := filepath.Join(dir, "objects")
	raw, err := os.ReadFile(filepath.Join(objects, "info", "alternates"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(objects, err)
	}
	var dirs []string
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		to := strings.TrimSpace(lines.Text())
		if to == "" || strings.HasPrefix(to, "#") {
			continue
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(objects, to)
		}
		to = filepath.Clean(to)
		if err := opens(to); err != nil || filepath.Base(to) != "objects" {
			return nil, sdk.ConfigInvalid("/path", "the repository borrows objects from %s, which cannot be read", to).
				WithRemedy("Run git repack -a -d in the repository and remove objects/info/alternates, so that it has all its objects itself.")
		}
		dirs = append(dirs, filepath.Dir(to))
	}
	return dirs, lines.Err()
}

func (c *clone) close() {
	for _, store := range c.stores {
		_ = store.Close()
	}
}

// readRefs reads branches and tags, loose and packed ones, and where a shallow clone ends.
func (c *clone) readRefs() error {
	refs, err := c.stores[0].IterReferences()
	if err != nil {
		return sdk.ConfigInvalid("/path", "the branches of the repository cannot be read: %s", err)
	}
	c.refs = map[plumbing.ReferenceName]*plumbing.Reference{}
	err = refs.ForEach(func(r *plumbing.Reference) error {
		c.refs[r.Name()] = r
		return nil
	})
	if err != nil && !errors.Is(err, storer.ErrStop) {
		return sdk.ConfigInvalid("/path", "the branches of the repository cannot be read: %s", err)
	}
	ends, err := c.stores[0].Shallow()
	if err != nil {
		return sdk.ConfigInvalid("/path", "the file shallow of the repository cannot be read: %s", err)
	}
	c.shallow = map[plumbing.Hash]bool{}
	for _, hash := range ends {
		c.shallow[hash] = true
	}
	return nil
}

// chooseBranch finds the default branch: that of the settings, that which the server of the origin has, or that of HEAD.
// In a clone HEAD is what a person works on, so it counts only without an origin.
func (c *clone) chooseBranch() {
	const remote = "refs/remotes/origin/"
	name := c.settings.Branch
	if name == "" {
		if head := c.refs[remote+"HEAD"]; head != nil && head.Type() == plumbing.SymbolicReference {
			name = strings.TrimPrefix(head.Target().String(), remote)
		} else if head := c.refs[plumbing.HEAD]; head != nil && head.Type() == plumbing.SymbolicReference {
			name = head.Target().Short()
		}
	}
	c.branch = name
	for _, ref := range []string{remote + name, "refs/heads/" + name} {
		if r := c.refs[plumbing.ReferenceName(ref)]; r != nil && r.Type() == plumbing.HashReference {
			c.head = r.Hash()
			return
		}
	}
}

// object returns an object from the first store that has it.
func (c *clone) object(of plumbing.ObjectType, hash plumbing.Hash) (plumbing.EncodedObject, error) {
	err := plumbing.ErrObjectNotFound
	for _, store := range c.stores {
		var found plumbing.EncodedObject
		if found, err = store.EncodedObject(of, hash); err == nil {
			return found, nil
		}
	}
	return nil, err
}

// commit returns a commit. Its error says what is wrong with the repository.
func (c *clone) commit(hash plumbing.Hash) (*object.Commit, error) {
	raw, err := c.object(plumbing.CommitObject, hash)
	if err == nil {
		commit := &object.Commit{}
		if err = commit.Decode(raw); err == nil {
			return commit, nil
		}
	}
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return nil, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the commit %s is missing in the repository", hash).
			WithRemedy("Run git fsck in the repository, and fetch what is missing.")
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, unreadable(c.dir, err)
	}
	return nil, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the commit %s cannot be read: %s", hash, err).
		WithRemedy("Run git fsck in the repository.")
}
