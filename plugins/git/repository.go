package main

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/config"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// guards are the hooks that can refuse a push.
var guards = []string{"pre-receive", "update", "proc-receive", "reference-transaction"}

// readRepository sends the record of the repository. A repository does not know whether its server requires reviews or
// checks, so these facts are unknown. A hook or a setting that refuses some pushes is in the document: what a hook does
// is not known.
func readRepository(_ context.Context, c *clone, out *sdk.Output) error {
	receive := c.config.Raw.Section("receive")
	vendor := map[string]any{
		"bare": c.config.Core.IsBare, "shallow": len(c.shallow) > 0, "borrows_objects": len(c.stores) > 1,
		"hooks":           c.hooks(),
		"deny_force_push": isTrue(receive.Option("denyNonFastForwards")), "deny_deletes": isTrue(receive.Option("denyDeletes")),
	}
	if c.origin != "" {
		vendor["origin"] = c.origin
	}
	raw, err := json.Marshal(vendor)
	if err != nil {
		return sdk.Errorf(sdk.CodeInternalBug, "encode document: %w", err)
	}
	key := c.key()
	return out.Put(key, kind.Repository{ExternalID: key, Name: c.name, URL: webAddress(c.origin), DefaultBranch: c.branch, Vendor: raw})
}

// key is what names the repository: the address of its origin, or else its directory. Git has no id for it.
func (c *clone) key() string {
	if c.origin != "" {
		return c.origin
	}
	return c.settings.Path
}

// hooks returns the hooks in the repository that can refuse a push. One that may not be executed is not run.
func (c *clone) hooks() []string {
	dir := filepath.Join(c.dir, "hooks")
	if path := c.config.Raw.Section("core").Option("hooksPath"); path != "" {
		if dir = path; !filepath.IsAbs(path) {
			dir = filepath.Join(c.dir, path)
		}
	}
	found := []string{}
	for _, name := range guards {
		info, err := os.Stat(filepath.Join(dir, name))
		if err == nil && info.Mode().IsRegular() && (runtime.GOOS == "windows" || info.Mode()&0o111 != 0) {
			found = append(found, name)
		}
	}
	return found
}

// isTrue reads a yes or no as Git writes it.
func isTrue(value string) bool {
	return slices.Contains([]string{"true", "yes", "on", "1"}, strings.ToLower(value))
}

// originOf returns the address from which the repository was cloned, without credentials.
func originOf(c *config.Config) string {
	remote := c.Remotes["origin"]
	if remote == nil || len(remote.URLs) == 0 {
		return ""
	}
	address := remote.URLs[0]
	u, err := url.Parse(address)
	if err == nil && u.Scheme != "" && u.Host != "" {
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		return strings.TrimSuffix(strings.TrimSuffix(u.String(), "/"), ".git")
	}
	if user, rest, found := strings.Cut(address, "@"); found && !strings.ContainsAny(user, "/:") {
		address = rest // git@host:path
	}
	return strings.TrimSuffix(strings.TrimSuffix(address, "/"), ".git")
}

// webAddress returns the address where people open a repository, "" when it is not known.
func webAddress(origin string) string {
	if strings.HasPrefix(origin, "https://") || strings.HasPrefix(origin, "http://") {
		return origin
	}
	return ""
}

// nameOf returns the name of the repository: that of the settings, the path in the address of its origin, or its directory.
func (c *clone) nameOf() string {
	if c.settings.Name != "" {
		return c.settings.Name
	}
	path := c.origin
	if u, err := url.Parse(c.origin); err == nil && u.Host != "" {
		path = u.Path
	} else if host, rest, found := strings.Cut(c.origin, ":"); found && !strings.Contains(host, "/") {
		path = rest
	}
	if path = strings.Trim(path, "/"); path != "" && !filepath.IsAbs(c.origin) {
		return path
	}
	return strings.TrimSuffix(filepath.Base(c.settings.Path), ".git")
}
