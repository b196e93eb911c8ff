package main

import (
	"slices"
	"strings"
)

// mutant is a host, an SDK or a connector with one fault, and what has to catch
// it: a case of this harness by one of its oracles, or a test of a package.
type mutant struct {
	name   string
	what   string // the fault in words
	edits  []edit // none for a fault of the connector's author, which is in its source
	author bool   // alive in the connector, not in the agent
	fault  string // of the case
	moment string
	oracle string // that complains, or several divided by |
	pkg    string // instead of a case: package and test
	test   string
}

func (m mutant) catcher() string {
	if m.test != "" {
		return m.test + " in " + m.pkg
	}
	if m.moment == "" {
		return m.fault
	}
	return m.fault + "@" + m.moment
}

// Names of cases that catch several.
const (
	atUsersPage = "connector.users.page"
	anyRun      = "noise-stdout" // a run that succeeds
)

// mutants is the whole list. The conformance kit of sdk/sdktest has a mutant
// connector for each of its own cases besides; its tests play those.
func mutants() []mutant {
	return slices.Concat(storeMutants(), runMutants(), processMutants(), sdkMutants(), authorMutants(), powerMutants())
}

// unless replaces a statement by one that is left out in the mutant.
func unless(name, file, statement string) []edit {
	return []edit{{"mutant " + name, file, statement, "if !chaosMutant(\"" + name + "\") {\n" + statement + "\n}\n"}}
}

// instead replaces an anchor in which MUTANT stands for whether it is alive.
func instead(name, file, from, to string) []edit {
	return []edit{{"mutant " + name, file, from, replaced(to, "chaosMutant(\""+name+"\")")}}
}

func storeMutants() []mutant {
	const (
		commit = "host/internal/store/commit.go"
		finish = "host/internal/store/finish.go"
	)
	return []mutant{
		{
			name: "sweep-on-gaps", what: "a read with gaps removes what it did not see", fault: "permission-missing", oracle: "sweep",
			edits: instead("sweep-on-gaps", finish, "if f.Result == ResultComplete && w.judges()", "if (f.Result == ResultComplete || MUTANT) && w.judges()"),
		},
		{
			name: "sweep-on-resumed", what: "a resumed read removes what it did not see", fault: "sigkill-connector-at-work", moment: atUsersPage, oracle: "sweep",
			edits: instead("sweep-on-resumed", finish, "return w.whole\n", "return w.whole || MUTANT\n"),
		},
		{
			name: "unchanged-not-marked", what: "one unchanged record of a group does not count as seen", fault: anyRun, moment: atUsersPage, oracle: "sweep",
			edits: instead("unchanged-not-marked", commit, "for _, id := range same {\n", "if MUTANT && len(same) > 0 {\nsame = same[1:]\n}\nfor _, id := range same {\n"),
		},
		{
			name: "log-omitted", what: "a change is left out of the change log", fault: anyRun, moment: atUsersPage, oracle: "log",
			edits: instead("log-omitted", commit, "w.store.space.wrote(sizeOfPacks(part))\n", "w.store.space.wrote(sizeOfPacks(part))\nif MUTANT && len(part) > 1 {\ndefer func(whole []pack) { part = whole }(part)\npart = part[1:]\n}\n"),
		},
		{
			name: "digest-not-updated", what: "a change of a record is stored and not noted in the digest", fault: anyRun, moment: atUsersPage, oracle: "log",
			edits: instead("digest-not-updated", commit, "packed = appendPacked(packed, c.id, c.content)\n", "if !MUTANT || c.kind != changeChanged {\npacked = appendPacked(packed, c.id, c.content)\n}\n"),
		},
		{
			name: "inside-not-noted", what: "a read that stopped in its middle is not known as one", fault: "sigkill-connector-at-work", moment: atUsersPage, oracle: "store|cursor",
			edits: instead("inside-not-noted", commit, "h.Inside = true\n", "h.Inside = !MUTANT\n"),
		},
		{
			name: "cursor-early", what: "the cursor moves before the last part of a group", pkg: "./host/internal/store", test: "TestKilledAfterEveryTransaction",
			edits: instead("cursor-early", commit, "if len(rest) == 0 {\n\t\t\ttarget = h\n", "if len(rest) == 0 || MUTANT {\n\t\t\ttarget = h\n"),
		},
		{
			name: "epoch-unchecked", what: "a run that was taken over goes on writing", pkg: "./host/internal/store", test: "TestFence",
			edits: instead("epoch-unchecked", "host/internal/store/stream.go", "if latest != w.epoch {", "if latest != w.epoch && !MUTANT {"),
		},
		{
			name: "clock-obeyed", what: "commit times follow a clock that is set back", fault: "clock-back", moment: "host.group", oracle: "log|feed|store",
			edits: instead("clock-obeyed", "host/internal/store/store.go", "if !now.After(s.last) {", "if !now.After(s.last) && !MUTANT {"),
		},
		{
			name: "left-running", what: "runs of a host that died are never ended", fault: "sigkill-host", moment: "host.group", oracle: "truth",
			edits: instead("left-running", "host/internal/store/interrupt.go", "for _, id := range ids {", "if MUTANT {\nids = nil\n}\nfor _, id := range ids {"),
		},
	}
}

func runMutants() []mutant {
	const (
		reading   = "host/internal/stream/reading.go"
		committer = "host/internal/stream/committer.go"
		recorder  = "host/internal/supervisor/recorder.go"
	)
	return []mutant{
		{
			name: "ack-before-commit", what: "a checkpoint is acknowledged before it is stored", fault: "sigkill-host-in-feed", moment: "host.commit.before", oracle: "cursor|store",
			edits: slices.Concat(
				instead("ack-before-commit", committer, "chaosMoment(\"commit.before\")\n",
					"if MUTANT {\n_ = c.send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Ack{Ack: &connectorv1.Ack{Sequence: p.group.Sequence}}})\n}\nchaosMoment(\"commit.before\")\n"),
				instead("ack-before-commit", committer, "if err := c.send(ack); err != nil && ", "if MUTANT {\n} else if err := c.send(ack); err != nil && ")),
		},
		{
			name: "gap-unheard", what: "what a connector says it could not read is not kept", fault: "permission-missing", oracle: "truth",
			edits: unless("gap-unheard", reading, "c.missed(r, host.Gap{Scope: g.GetScope(), Error: *wire.Problem(g.GetError())})"),
		},
		{
			name: "unscrubbed", what: "the last words of a program are shown with their secrets", fault: "panic", moment: atUsersPage, oracle: "left",
			edits: instead("unscrubbed", "host/internal/supervisor/sync.go",
				"problem = (&wire.Door{Scrub: open.Scrub}).Outward(connector.NameSettings(problem))",
				"problem = (&wire.Door{Scrub: func(text string) string {\nif MUTANT {\nreturn text\n}\nreturn open.Scrub(text)\n}}).Outward(connector.NameSettings(problem))"),
		},
		{
			name: "outcome-unsaved", what: "a run's outcome is shown and not stored", fault: "sigkill-host-after", oracle: "truth",
			edits: slices.Concat(
				instead("outcome-unsaved", recorder, "saved := r.save(run)\n", "saved := !MUTANT && r.save(run)\n"),
				instead("outcome-unsaved", "host/internal/supervisor/unsaved.go", "err := r.store.SaveRun(r.snapshot())\n", "if MUTANT {\nreturn false\n}\nerr := r.store.SaveRun(r.snapshot())\n")),
		},
		{
			name: "miscounted", what: "added records are not counted", fault: anyRun, moment: atUsersPage, oracle: "truth",
			edits: unless("miscounted", recorder, "s.Added += counts.Added"),
		},
		{
			name: "healthy-after-partial", what: "health is healthy after a partial run", fault: "permission-missing", oracle: "truth",
			edits: instead("healthy-after-partial", "host/internal/health/judge.go", "if len(failures) == 0 {", "if len(failures) == 0 || MUTANT {"),
		},
		{
			name: "retry-of-auth", what: "a refused credential is tried again and again", pkg: "./host/internal/supervisor", test: "TestAFailedRunIsTriedAgainOnlyWhenThatCanHelp",
			edits: instead("retry-of-auth", "host/internal/supervisor/retry.go", "if step.Error == nil || step.Error.Retry != host.RetryAfter {", "if step.Error == nil || step.Error.Retry != host.RetryAfter && !MUTANT {"),
		},
		{
			name: "two-owners", what: "the lock of the data directory is not heeded", fault: "second-agent", moment: "host.group", oracle: "truth",
			edits: slices.Concat(
				instead("two-owners", "host/internal/claim/claim.go", "if !held {", "if !held && !MUTANT {"),
				instead("two-owners", "host/internal/claim/claim.go", "ok && answers(before.Socket) {", "ok && answers(before.Socket) && !MUTANT {")),
		},
	}
}

func processMutants() []mutant {
	const unix = "host/internal/plugin/runner_unix.go"
	return []mutant{
		{
			name: "no-sigkill", what: "the stop ladder ends before SIGKILL", fault: "sigstop-connector-draining", moment: "connector.drain", oracle: "left",
			edits: instead("no-sigkill", unix, "_ = syscall.Kill(-p.Pid, syscall.SIGKILL)", "if MUTANT {\nreturn\n}\n_ = syscall.Kill(-p.Pid, syscall.SIGKILL)"),
		},
		{
			name: "leader-only", what: "only the connector is killed, not its group", fault: "grandchild", moment: atUsersPage, oracle: "left",
			edits: instead("leader-only", unix, "if chaosMutant(\"no-sigkill\") {", "if MUTANT {\n_ = syscall.Kill(p.Pid, syscall.SIGKILL)\nreturn\n}\nif chaosMutant(\"no-sigkill\") {"),
		},
		{
			name: "pipes-kept", what: "our ends of a connector's pipes stay open", fault: "escaped-grandchild", moment: atUsersPage, oracle: "left",
			edits: instead("pipes-kept", "host/internal/plugin/runner.go", "closeAll([]*os.File{r.stdin, r.stdout, r.stderr})\n\tclose(r.closed)", "if !MUTANT {\ncloseAll([]*os.File{r.stdin, r.stdout, r.stderr})\n}\n\tclose(r.closed)"),
		},
		{
			name: "work-left", what: "the private directory of a process stays", fault: anyRun, moment: atUsersPage, oracle: "left",
			edits: instead("work-left", "host/internal/plugin/process.go", "if err := errors.Join(os.RemoveAll(p.workDir), ", "if MUTANT {\nreturn nil\n}\nif err := errors.Join(os.RemoveAll(p.workDir), "),
		},
		{
			name: "environment-passed-on", what: "a connector sees the host's environment", fault: anyRun, moment: atUsersPage, oracle: "left",
			edits: instead("environment-passed-on", "host/internal/plugin/launcher.go", "SkipHostEnv:      true,", "SkipHostEnv: !MUTANT,"),
		},
		{
			name: "hash-unchecked", what: "another program than the one that was looked at is run", fault: "changed-binary", moment: "host.start", oracle: "truth",
			edits: instead("hash-unchecked", "host/internal/plugin/runner.go", "if err == nil && sum != program.SHA256 {", "if err == nil && sum != program.SHA256 && !MUTANT {"),
		},
		{
			name: "room-not-remade", what: "directories that were cleared away stay away", fault: "socket-dir-missing", oracle: "truth",
			edits: instead("room-not-remade", "host/internal/plugin/launcher.go", "if err := os.MkdirAll(l.workDir, 0o700); err != nil {", "if MUTANT {\nwork, err = os.MkdirTemp(l.workDir, id+\"-\")\nreturn work, l.socketDir, err\n}\nif err := os.MkdirAll(l.workDir, 0o700); err != nil {"),
		},
	}
}

// powerCut is the name of the play, of its cases' fault and of its oracle.
const powerCut = "power"

// The oracles of a power cut.
const (
	oracleLost     = "lost"     // something acknowledged is not there
	oracleVerify   = "verify"   // plumbline verify finds something
	oracleUnusable = "unusable" // a connector cannot be listed, shown or synced
	oracleStart    = "start"    // the agent does not start, or does not end
)

// powerMutants are writes that a power cut undoes or halves.
func powerMutants() []mutant {
	const durable, catalog = "host/internal/durable/durable.go", "host/internal/plugin/catalog.go"
	const description = "description-unsynced"
	return []mutant{
		{
			name: "rename-unsynced", what: "a file gets its name before its bytes are on disk", fault: powerCut, oracle: anyPowerOracle,
			edits: instead("rename-unsynced", durable, "beside.Chmod(mode), d.sync(beside))",
				"beside.Chmod(mode), func() error {\nif MUTANT {\nreturn nil\n}\nreturn d.sync(beside)\n}())"),
		},
		{
			name: description, what: "a description is cached without a sync and without a checksum", fault: powerCut, oracle: oracleUnusable,
			edits: slices.Concat(
				instead(description, catalog, "raw, err := os.ReadFile(path)\n\tif err != nil || len(raw) < sha256.Size {",
					"raw, err := os.ReadFile(path)\nif MUTANT && err == nil {\nraw = append(func() []byte { sum := sha256.Sum256(raw); return sum[:] }(), raw...)\n}\nif err != nil || len(raw) < sha256.Size {"),
				instead(description, catalog, "if err := durable.WriteBytes(path, 0o600, append(sum[:], raw...)); err != nil {",
					"if MUTANT {\nreturn errors.Join(os.WriteFile(path+\".new\", raw, 0o600), os.Rename(path+\".new\", path))\n}\nif err := durable.WriteBytes(path, 0o600, append(sum[:], raw...)); err != nil {")),
		},
		{
			name: "commit-unsynced", what: "a transaction of the store is acknowledged before it is on disk", fault: powerCut, oracle: oracleLost,
			edits: instead("commit-unsynced", "host/internal/store/options.go", "b.SyncWrites = true\n", "b.SyncWrites = !MUTANT\n"),
		},
	}
}

const anyPowerOracle = oracleLost + "|" + oracleVerify + "|" + oracleUnusable + "|" + oracleStart

func replaced(text, condition string) string { return strings.ReplaceAll(text, "MUTANT", condition) }
