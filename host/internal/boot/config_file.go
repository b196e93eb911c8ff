package boot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/adrg/xdg"
	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/host"
)

func dataDir(given string, environment map[string]string) (string, error) {
	if given != "" {
		return absolute(given), nil
	}
	if home := environment["PLUMBLINE_HOME"]; home != "" {
		return absolute(home), nil
	}
	base, err := inHome("XDG_DATA_HOME", xdg.DataHome, ".local", "share")
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "plumbline"), nil
}

// InDefaultPlace reports whether the data directory is the one that a process of this user
// has which is given none, whatever this process was given.
func (c Config) InDefaultPlace() bool {
	dir, err := dataDir("", nil)
	return err == nil && dir == c.DataDir && os.Getenv("XDG_DATA_HOME") == ""
}

// inHome returns a directory of the user's. Services and cron jobs run without the variable
// HOME; xdg would then use the root directory.
func inHome(variable, standard string, below ...string) (string, error) {
	if os.Getenv(variable) != "" || os.Getenv("HOME") != "" || !strings.HasPrefix(standard, "/") {
		return standard, nil
	}
	self, err := user.LookupId(strconv.Itoa(os.Getuid()))
	if err != nil || self.HomeDir == "" {
		p := host.Invalid("data-dir", nil, "is not given, and this user has no home directory")
		p.Remedy = "Give --data-dir, or set PLUMBLINE_HOME."
		return "", p
	}
	return filepath.Join(append([]string{self.HomeDir}, below...)...), nil
}

// absolute returns a path that cannot be resolved unchanged. Opening it then fails with the
// path in the message.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

// configFile returns the file to read, "" for none, and whether it is optional. The user's
// own file is; a file that is named or lies beside the data is not.
func configFile(sources Sources, environment map[string]string, dir string) (path string, optional bool) {
	if sources.File != "" {
		return sources.File, false
	}
	if named := environment["PLUMBLINE_CONFIG"]; named != "" {
		return named, false
	}
	beside := filepath.Join(dir, "config.yaml")
	if _, err := os.Lstat(beside); err == nil {
		return beside, false
	}
	base := sources.ConfigHome
	if base == "" {
		var err error
		if base, err = inHome("XDG_CONFIG_HOME", xdg.ConfigHome, ".config"); err != nil {
			return "", true
		}
	}
	own := filepath.Join(base, "plumbline", "config.yaml")
	if _, err := os.Lstat(own); errors.Is(err, fs.ErrNotExist) {
		return "", true
	}
	return own, true
}

// readConfigFile reads a file as text by key. It refuses what YAML readers understand in
// different ways.
func readConfigFile(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, isLink := os.Readlink(path); isLink == nil {
			return nil, host.Invalid("config", path, "is a link to a file that does not exist").Because(err)
		}
	}
	if err != nil {
		return nil, host.Invalid("config", path, "cannot be read: "+err.Error()).Because(err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, host.Invalid("config", path, "is not YAML: "+err.Error()).Because(err)
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, host.Invalid("config", path, "has a second YAML document (after a line ---), which would set nothing")
	}
	keys := map[string]string{}
	return keys, collect(keys, path, "", document.Content[0])
}

// collect adds the keys of a mapping, whose names begin with prefix.
func collect(keys map[string]string, path, prefix string, node *yaml.Node) error {
	if node = followed(node); node.Kind != yaml.MappingNode {
		if node.Tag == "!!null" {
			return nil
		}
		return host.Invalid("config", path, "is not YAML of keys and values")
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := prefix+node.Content[i].Value, followed(node.Content[i+1])
		refuse := func(rule string) error {
			return host.Invalid(key, nil, fmt.Sprintf("%s (in %s, line %d)", rule, path, node.Content[i].Line))
		}
		known, isGroup := knownKey(key)
		switch {
		case !known && !isGroup, isGroup && value.Kind != yaml.MappingNode && value.Tag != "!!null":
			p := host.AsProblem(refuse("is not a key of the configuration"))
			p.Remedy = "`plumbline config show` lists the keys."
			return p
		case value.Tag == "!!null":
			continue // a key without a value sets nothing
		case isGroup:
			if err := collect(keys, path, key+".", value); err != nil {
				return err
			}
			continue
		}
		text, rule := scalar(key, value)
		if _, twice := keys[key]; twice {
			rule = "is set twice"
		}
		if rule != "" {
			return refuse(rule)
		}
		keys[key] = text
	}
	return nil
}

// followed returns the node that an alias stands for.
func followed(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// scalar returns a value as it is written, or the rule that it breaks. YAML's own reading is
// not used: to YAML 010 is eight, and no is false.
func scalar(key string, value *yaml.Node) (text, rule string) {
	switch value.Kind {
	case yaml.ScalarNode:
		return value.Value, ""
	case yaml.SequenceNode:
		separator, isList := listKeys()[key]
		var parts []string
		for _, item := range value.Content {
			if item = followed(item); item.Kind != yaml.ScalarNode {
				return "", "has an item that is no single value"
			}
			parts = append(parts, item.Value)
		}
		if !isList {
			return "", "must be one value, not a list"
		}
		return strings.Join(parts, separator), ""
	}
	return "", "must be one value"
}

// listKeys are the keys that may be lists, with what separates their items in a
// variable.
func listKeys() map[string]string {
	return map[string]string{"connectors.dirs": string(os.PathListSeparator), "sync.rates": ","}
}

// knownKey reports whether a key is an option or the beginning of one.
func knownKey(key string) (known, isGroup bool) {
	for _, o := range options(new(Config)) {
		known = known || o.key == key
		isGroup = isGroup || strings.HasPrefix(o.key, key+".")
	}
	return known, isGroup
}
