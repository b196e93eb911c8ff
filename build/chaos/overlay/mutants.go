package overlay

import (
	"slices"
	"strings"
)

// Mutant is a host, an SDK or a connector with one fault, and what has to catch
// it: a case of this harness by one of its oracles, or a test of a package.
type Mutant struct {
	Name   string
	What   string // the fault in words
	Edits  []Edit // none for a fault of the connector's author, which is in its source
	Author bool   // alive in the connector, not in the agent
	Fault  string // of the case
	Moment string
	Oracle string // that complains, or several divided by |
	Pkg    string // instead of a case: package and test
	Test   string
}

// Catcher names the case or test that catches the mutant.
func (m Mutant) Catcher() string {
	if m.Test != "" {
		return m.Test + " in " + m.Pkg
	}
	if m.Moment == "" {
		return m.Fault
	}
	return m.Fault + "@" + m.Moment
}

// CaughtBy reports whether a complaint of this oracle catches the mutant.
func (m Mutant) CaughtBy(oracle string) bool {
	return slices.Contains(strings.Split(m.Oracle, "|"), oracle)
}

// Names of cases that catch several.
const (
	AtUsersPage = "connector.users.page"
	anyRun      = "noise-stdout" // a run that succeeds
)

// Mutants is the whole list. The conformance kit of sdk/sdktest has a mutant
// connector for each of its own cases besides; its tests play those.
func Mutants() []Mutant {
	all := slices.Concat(storeMutants(), runMutants(), processMutants(), sdkMutants(), authorMutants(), powerMutants())
	for _, m := range all {
		for i := range m.Edits {
			e := &m.Edits[i]
			e.name, e.new = "mutant "+m.Name, strings.ReplaceAll(e.new, "MUTANT", `chaosMutant("`+m.Name+`")`)
		}
	}
	return all
}

// unless replaces a statement by one that the mutant leaves out.
func unless(file, statement string) []Edit {
	return instead(file, statement, "if !MUTANT {\n"+statement+"\n}\n")
}

// instead replaces an anchor. MUTANT in the new text is true when the mutant is alive.
func instead(file, from, to string) []Edit { return []Edit{{file: file, old: from, new: to}} }

// caught is a mutant of the agent that a case catches by one of the oracles.
func caught(name, what, fault, moment, oracles string, edits ...[]Edit) Mutant {
	return Mutant{Name: name, What: what, Fault: fault, Moment: moment, Oracle: oracles, Edits: slices.Concat(edits...)}
}

// authored is the same in a connector.
func authored(name, what, fault, moment, oracles string, edits ...[]Edit) Mutant {
	m := caught(name, what, fault, moment, oracles, edits...)
	m.Author = true
	return m
}

// tested is a mutant that a test of a package catches.
func tested(name, what, pkg, test string, edits ...[]Edit) Mutant {
	return Mutant{Name: name, What: what, Pkg: pkg, Test: test, Edits: slices.Concat(edits...)}
}

func storeMutants() []Mutant {
	const (
		commit = "host/internal/journal/writer/commit.go"
		finish = "host/internal/journal/writer/finish.go"
	)
	return []Mutant{
		caught("sweep-on-gaps", "a read with gaps removes what it did not see", "permission-missing", "", "sweep",
			instead(finish, "if f.Outcome == host.OutcomeComplete && w.judges()",
				"if (f.Outcome == host.OutcomeComplete || MUTANT) && w.judges()")),
		caught("sweep-on-resumed", "a resumed read removes what it did not see", "sigkill-connector-at-work", AtUsersPage, "sweep",
			instead(finish, "return w.whole\n", "return w.whole || MUTANT\n")),
		caught("unchanged-not-marked", "one unchanged record of a group does not count as seen", anyRun, AtUsersPage, "sweep",
			instead(commit, "for _, id := range same {\n", "if MUTANT && len(same) > 0 {\nsame = same[1:]\n}\nfor _, id := range same {\n")),
		caught("log-omitted", "a change is left out of the change log", anyRun, AtUsersPage, "log",
			instead(commit, "w.ledger.Disk.Wrote(sizeOfPacks(part))\n",
				"w.ledger.Disk.Wrote(sizeOfPacks(part))\nif MUTANT && len(part) > 1 {\n"+
					"defer func(whole []pack.Pack) { part = whole }(part)\npart = part[1:]\n}\n")),
		caught("digest-not-updated", "a change of a record is stored and not noted in the digest", anyRun, AtUsersPage, "log",
			instead(commit, "delta = layout.AppendDigest(delta, c.ID, c.Content)\n",
				"if !MUTANT || c.Kind != layout.Changed {\ndelta = layout.AppendDigest(delta, c.ID, c.Content)\n}\n")),
		caught("inside-not-noted", "a read that stopped in its middle is not known as one",
			"sigkill-connector-at-work", AtUsersPage, "store|cursor",
			instead(commit, "h.Inside = true\n", "h.Inside = !MUTANT\n")),
		tested("cursor-early", "the cursor moves before the last part of a group", "./host/internal/journal", "TestKilledAfterEveryTransaction",
			instead(commit, "if len(rest) == 0 {\n\t\t\ttarget = h\n", "if len(rest) == 0 || MUTANT {\n\t\t\ttarget = h\n")),
		tested("epoch-unchecked", "a run that was taken over goes on writing", "./host/internal/journal/writer", "TestFence",
			instead("host/internal/journal/writer/stream.go", "if latest != w.epoch {", "if latest != w.epoch && !MUTANT {")),
		caught("clock-obeyed", "commit times follow a clock that is set back", "clock-back", "host.group", "log|feed|store",
			instead("host/internal/journal/ledger/ledger.go", "if !now.After(l.last) {", "if !now.After(l.last) && !MUTANT {")),
		caught("left-running", "runs of a host that died are never ended", "sigkill-host", "host.group", "truth",
			instead("host/internal/journal/runs/interrupt.go", "for _, id := range ids {", "if MUTANT {\nids = nil\n}\nfor _, id := range ids {")),
	}
}

func runMutants() []Mutant {
	const (
		reading   = "host/internal/source/reading.go"
		committer = "host/internal/source/committer.go"
		recorder  = "host/internal/supervisor/recorder.go"
	)
	return []Mutant{
		caught("ack-before-commit", "a checkpoint is acknowledged before it is stored",
			"sigkill-host-in-feed", "host.commit.before", "cursor|store",
			instead(committer, "chaosMoment(\"commit.before\")\n",
				"if MUTANT {\n_ = c.send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Ack{"+
					"Ack: &connectorv1.Ack{Sequence: p.group.Sequence}}})\n}\nchaosMoment(\"commit.before\")\n"),
			instead(committer, "if err := c.send(ack); err != nil && ", "if MUTANT {\n} else if err := c.send(ack); err != nil && ")),
		caught("gap-unheard", "what a connector says it could not read is not kept", "permission-missing", "", "truth",
			unless(reading, "s.Gap(host.Gap{Scope: g.GetScope(), Error: *wire.Problem(g.GetError())})")),
		caught("unscrubbed", "the last words of a program are shown with their secrets", "panic", AtUsersPage, "left",
			instead("host/internal/source/connector.go", "return (&wire.Door{Scrub: open.scrub()}).Outward(",
				"return (&wire.Door{Scrub: func(text string) string {\nif MUTANT {\nreturn text\n}\n"+
					"return open.scrub()(text)\n}}).Outward(")),
		caught("outcome-unsaved", "a run's outcome is shown and not stored", "sigkill-host-after", "", "truth",
			instead(recorder, "saved := r.save(run)\n", "saved := !MUTANT && r.save(run)\n"),
			instead("host/internal/supervisor/save.go", "err := r.store.SaveRun(r.snapshot())\n",
				"if MUTANT {\nreturn false\n}\nerr := r.store.SaveRun(r.snapshot())\n")),
		caught("miscounted", "added records are not counted", anyRun, AtUsersPage, "truth",
			unless(recorder, "s.Added += counts.Added")),
		caught("healthy-after-partial", "health is healthy after a partial run", "permission-missing", "", "truth",
			instead("host/internal/health/judge.go", "if len(failures) == 0 {", "if len(failures) == 0 || MUTANT {")),
		tested("retry-of-auth", "a refused credential is tried again and again",
			"./host/internal/supervisor", "TestAFailedRunIsTriedAgainOnlyWhenThatCanHelp",
			instead("host/internal/supervisor/retry.go", "if step.Error == nil || step.Error.Retry != host.RetryAfter {",
				"if step.Error == nil || step.Error.Retry != host.RetryAfter && !MUTANT {")),
		caught("two-owners", "the lock of the data directory is not heeded", "second-agent", "host.group", "truth",
			instead("host/internal/datadir/lock.go", "if !held {", "if !held && !MUTANT {"),
			instead("host/internal/datadir/lock.go", "ok && answers(before.Socket) {", "ok && answers(before.Socket) && !MUTANT {")),
	}
}

func processMutants() []Mutant {
	const unix = "host/internal/plugin/group/group_unix.go"
	return []Mutant{
		caught("no-sigkill", "the stop ladder ends before SIGKILL", "sigstop-connector-draining", "connector.drain", "left",
			instead(unix, "_ = syscall.Kill(-p.Pid, syscall.SIGKILL)", "if MUTANT {\nreturn\n}\n_ = syscall.Kill(-p.Pid, syscall.SIGKILL)")),
		caught("leader-only", "only the connector is killed, not its group", "grandchild", AtUsersPage, "left",
			instead(unix, "if chaosMutant(\"no-sigkill\") {",
				"if MUTANT {\n_ = syscall.Kill(p.Pid, syscall.SIGKILL)\nreturn\n}\nif chaosMutant(\"no-sigkill\") {")),
		caught("pipes-kept", "our ends of a connector's pipes stay open", "escaped-grandchild", AtUsersPage, "left",
			instead("host/internal/plugin/runner.go", "closeAll(r.stdin, r.stdout, r.stderr)\n\tclose(r.closed)",
				"if !MUTANT {\ncloseAll(r.stdin, r.stdout, r.stderr)\n}\n\tclose(r.closed)")),
		caught("work-left", "the private directory of a process stays", anyRun, AtUsersPage, "left",
			instead("host/internal/plugin/process.go", "if err := errors.Join(os.RemoveAll(p.workDir), ",
				"if MUTANT {\nreturn nil\n}\nif err := errors.Join(os.RemoveAll(p.workDir), ")),
		caught("environment-passed-on", "a connector sees the host's environment", anyRun, AtUsersPage, "left",
			instead("host/internal/plugin/launcher.go", "SkipHostEnv:      true,", "SkipHostEnv: !MUTANT,")),
		caught("hash-unchecked", "another program than the one that was looked at is run", "changed-binary", "host.start", "truth",
			instead("host/internal/plugin/runner.go", "if err == nil && sum != sha256 {",
				"if err == nil && sum != sha256 && !MUTANT {")),
		caught("room-not-remade", "directories that were cleared away stay away", "socket-dir-missing", "", "truth",
			instead("host/internal/plugin/launcher.go", "if err := os.MkdirAll(l.workDir, 0o700); err != nil {",
				"if MUTANT {\nwork, err = os.MkdirTemp(l.workDir, id+\"-\")\n"+
					"return work, l.socketDir, err\n}\nif err := os.MkdirAll(l.workDir, 0o700); err != nil {")),
	}
}

// PowerCut is the name of the play, of its cases' fault and of its oracle.
const PowerCut = "power"

// The oracles of a power cut.
const (
	OracleLost     = "lost"     // something acknowledged is not there
	OracleVerify   = "verify"   // plumbline verify finds something
	OracleUnusable = "unusable" // a connector cannot be listed, shown or synced
	OracleStart    = "start"    // the agent does not start, or does not end
)

// powerMutants are writes that a power cut undoes or halves.
func powerMutants() []Mutant {
	const durable, catalog = "host/internal/durable/durable.go", "host/internal/plugin/catalog.go"
	return []Mutant{
		caught("rename-unsynced", "a file gets its name before its bytes are on disk", PowerCut, "", anyPowerOracle,
			instead(durable, "beside.Chmod(mode), d.sync(beside))",
				"beside.Chmod(mode), func() error {\nif MUTANT {\nreturn nil\n}\nreturn d.sync(beside)\n}())")),
		caught("description-unsynced", "a description is cached without a sync and without a checksum", PowerCut, "", OracleUnusable,
			instead(catalog, "raw, err := os.ReadFile(path)\n\tif err != nil || len(raw) < sha256.Size {",
				"raw, err := os.ReadFile(path)\nif MUTANT && err == nil {\n"+
					"raw = append(func() []byte { sum := sha256.Sum256(raw); return sum[:] }(), raw...)\n}\nif err != nil || len(raw) < sha256.Size {"),
			instead(catalog, "if err := durable.WriteBytes(path, 0o600, append(sum[:], raw...)); err != nil {",
				"if MUTANT {\nreturn errors.Join(os.WriteFile(path+\".new\", raw, 0o600), os.Rename(path+\".new\", path))\n}\n"+
					"if err := durable.WriteBytes(path, 0o600, append(sum[:], raw...)); err != nil {")),
		caught("commit-unsynced", "a transaction of the store is acknowledged before it is on disk", PowerCut, "", OracleLost,
			instead("host/internal/badgerdir/options.go", "b.SyncWrites = true\n", "b.SyncWrites = !MUTANT\n")),
	}
}

const anyPowerOracle = OracleLost + "|" + OracleVerify + "|" + OracleUnusable + "|" + OracleStart
