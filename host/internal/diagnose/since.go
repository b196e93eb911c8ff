package diagnose

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// WorkedIn returns the facts of a run in which every step completed.
func WorkedIn(r *host.Run) *WorkedFacts {
	return &WorkedFacts{
		Run: r.ID, At: *r.FinishedAt, Version: r.ConnectorVersion, SHA256: r.ConnectorSHA256, Identity: r.Identity, Network: r.Network,
	}
}

// OtherProgram returns that a run was made by another program of the connector than the run that worked.
func OtherProgram(run *host.Run, worked *WorkedFacts) (Since, bool) {
	if worked == nil || run.ConnectorSHA256 == "" || worked.SHA256 == "" || run.ConnectorSHA256 == worked.SHA256 {
		return Since{}, false
	}
	return Since{
		Kind: ChangedProgram, At: run.QueuedAt,
		Names: []string{versionOf(worked.Version, worked.SHA256), versionOf(run.ConnectorVersion, run.ConnectorSHA256)},
	}, true
}

// versionOf names a program by its version and the beginning of its hash.
func versionOf(version, hash string) string {
	return fmt.Sprintf("%s (%.8s)", cmp.Or(version, "no version"), hash)
}

// Edited returns which settings and which secrets an entry of the audit log of a connection changed.
func Edited(e host.Entry) (all []Since) {
	if e.Action != host.ActionChanged {
		return nil
	}
	var before, after host.Connection
	if json.Unmarshal(e.Before, &before) != nil || json.Unmarshal(e.Document, &after) != nil {
		return nil
	}
	actor := e.Actor
	if names := changedSettings(before.Settings, after.Settings); len(names) > 0 {
		all = append(all, Since{Kind: ChangedSetting, Names: names, At: e.At, Actor: &actor, Entry: e.Number})
	}
	if names := changedSecrets(before.Secrets, after.Secrets); len(names) > 0 {
		all = append(all, Since{Kind: ChangedCredential, Names: names, At: e.At, Actor: &actor, Entry: e.Number})
	}
	return all
}

func changedSettings(before, after json.RawMessage) (names []string) {
	var was, is map[string]json.RawMessage
	if json.Unmarshal(before, &was) != nil || json.Unmarshal(after, &is) != nil {
		return nil
	}
	for name, value := range is {
		if !bytes.Equal(was[name], value) {
			names = append(names, name)
		}
	}
	for name := range was {
		if _, kept := is[name]; !kept {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func changedSecrets(before, after []host.SecretInfo) (names []string) {
	for _, s := range after {
		if !slices.ContainsFunc(before, func(was host.SecretInfo) bool { return was.Name == s.Name && was.SetAt.Equal(s.SetAt) }) {
			names = append(names, s.Name)
		}
	}
	return names
}
