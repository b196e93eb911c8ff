package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/plumbline-dev/plumbline/host"
)

// settings reads KEY=VALUE pairs over the settings in base. The connector's schema
// gives the type of a value; a list takes one value for each pair.
func (s schema) settings(base json.RawMessage, set, unset []string) (json.RawMessage, error) {
	all := map[string]any{}
	if len(base) > 0 {
		if err := json.Unmarshal(base, &all); err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
	}
	given := map[string]bool{}
	for _, pair := range set {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, usagef("--set %q must be KEY=VALUE", pair)
		}
		if s.Properties[key].WriteOnly {
			return nil, host.Invalid("secrets."+key, nil, "is a secret: give it with --secret "+key+"=env:VARIABLE, file:PATH or -")
		}
		read, err := s.Properties[key].read(key, value)
		if err != nil {
			return nil, err
		}
		if given[key] {
			before, _ := all[key].([]any)
			more, isList := read.([]any)
			if !isList {
				return nil, usagef("--set %s is given twice", key)
			}
			read = append(before, more...)
		}
		all[key], given[key] = read, true
	}
	for _, key := range unset {
		delete(all, key)
	}
	return json.Marshal(all)
}

// read turns a word of the command line into a value. A word that does not fit the
// type stays text: the host then names the field and the rule.
func (p property) read(key, text string) (any, error) {
	switch {
	case p.is("boolean"):
		if b, err := strconv.ParseBool(text); err == nil {
			return b, nil
		}
	case p.is("integer"), p.is("number"):
		if json.Valid([]byte(text)) {
			return json.Number(text), nil
		}
	case p.is("array"):
		var list []any
		if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &list) == nil {
			return list, nil
		}
		return []any{text}, nil
	case p.is("object"):
		var object map[string]any
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			return nil, host.Invalid("settings."+key, text, "must be a JSON object: "+err.Error())
		}
		return object, nil
	}
	return text, nil
}

// secrets reads KEY=SOURCE pairs. It never takes a value from the command line,
// where every user of the machine could read it.
func (a *app) secrets(pairs []string) (map[string]string, error) {
	secrets, fromInput := map[string]string{}, ""
	for _, pair := range pairs {
		key, source, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, usagef("--secret %q must be KEY=env:VARIABLE, KEY=file:PATH or KEY=-", key)
		}
		if _, twice := secrets[key]; twice {
			return nil, usagef("--secret %s is given twice", key)
		}
		if source == "-" && fromInput != "" && !term.IsTerminal(int(a.in.Fd())) {
			return nil, usagef("--secret %s and %s cannot both be standard input", fromInput, key)
		}
		if source == "-" {
			fromInput = key
		}
		value, err := a.secret(key, source)
		if err != nil {
			return nil, err
		}
		rule := host.CheckSecret(value)
		if value == "" {
			rule = "is empty"
		}
		if rule != "" {
			return nil, host.Invalid("secrets."+key, nil, rule)
		}
		secrets[key] = value
	}
	return secrets, nil
}

func (a *app) secret(key, source string) (string, error) {
	kind, name, _ := strings.Cut(source, ":")
	switch {
	case source == "-":
		return a.readSecret(key)
	case kind == "file" && name != "":
		return readSmall("secrets."+key, name)
	case kind == "env" && name != "":
		for _, pair := range a.environ {
			if value, found := strings.CutPrefix(pair, name+"="); found {
				return value, nil
			}
		}
		return "", host.Invalid("secrets."+key, nil, "cannot be read: the environment variable "+name+" is not set")
	default:
		return "", usagef("--secret %s must be given as env:VARIABLE, file:PATH or - for standard input, never as the value itself", key)
	}
}

// readSmall reads a file that holds a secret, without the end of its last line. It
// refuses pipes, on which the command would wait for ever, but for those that the
// shell has opened: file:<(command).
func readSmall(field, path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", unreadable(field, path, err)
	}
	opened := strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/self/fd/")
	if !info.Mode().IsRegular() && !opened {
		return "", host.Invalid(field, nil, "cannot be read: "+path+" is no regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return "", unreadable(field, path, err)
	}
	defer file.Close()
	return readLine(field, file)
}

// readLine reads all of a short text, without the end of its last line.
func readLine(field string, from io.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(from, host.MaxSecret+3)) // the end of a line may be two
	if err != nil {
		return "", host.Invalid(field, nil, "cannot be read: "+err.Error()).Because(err)
	}
	text := strings.TrimRight(string(raw), "\r\n")
	if len(text) > host.MaxSecret {
		return "", host.Invalid(field, nil, fmt.Sprintf("has more than %d bytes", host.MaxSecret))
	}
	return text, nil
}

// readSecret reads a secret from standard input, and hides what a person types.
func (a *app) readSecret(key string) (string, error) {
	if !term.IsTerminal(int(a.in.Fd())) {
		return readLine("secrets."+key, a.in)
	}
	fmt.Fprintf(a.errs, "%s: ", key)
	raw, err := term.ReadPassword(int(a.in.Fd()))
	fmt.Fprintln(a.errs)
	if err != nil {
		return "", fmt.Errorf("read secret %s: %w", key, err)
	}
	return string(raw), nil
}

func (a *app) ask(question string) (string, error) {
	fmt.Fprint(a.errs, question)
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read answer: %w", err)
	}
	return strings.TrimSpace(line), nil
}
