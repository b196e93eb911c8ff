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

func storeMutants() []Mutant {
	const (
		commit = "host/internal/store/commit.go"
		finish = "host/internal/store/finish.go"
	)
	return []Mutant{
		{
			Name: "sweep-on-gaps", What: "a read with gaps removes what it did not see", Fault: "permission-missing", Oracle: "sweep",
			Edits: instead(finish,
				"if f.Outcome == host.OutcomeComplete && w.judges()",
				"if (f.Outcome == host.OutcomeComplete || MUTANT) && w.judges()"),
		},
		{
			Name: "sweep-on-resumed", What: "a resumed read removes what it did not see",
			Fault: "sigkill-connector-at-work", Moment: AtUsersPage, Oracle: "sweep",
			Edits: instead(finish, "return w.whole\n", "return w.whole || MUTANT\n"),
		},
		{
			Name: "unchanged-not-marked", What: "one unchanged record of a group does not count as seen",
			Fault: anyRun, Moment: AtUsersPage, Oracle: "sweep",
			Edits: instead(commit, "for _, id := range same {\n", "if MUTANT && len(same) > 0 {\nsame = same[1:]\n}\nfor _, id := range same {\n"),
		},
		{
			Name: "log-omitted", What: "a change is left out of the change log", Fault: anyRun, Moment: AtUsersPage, Oracle: "log",
			Edits: instead(commit,
				"w.store.disk.Wrote(sizeOfPacks(part))\n",
				"w.store.disk.Wrote(sizeOfPacks(part))\nif MUTANT && len(part) > 1 {\n"+
					"defer func(whole []pack) { part = whole }(part)\npart = part[1:]\n}\n"),
		},
		{
			Name: "digest-not-updated", What: "a change of a record is stored and not noted in the digest",
			Fault: anyRun, Moment: AtUsersPage, Oracle: "log",
			Edits: instead(commit,
				"packed = appendPacked(packed, c.id, c.content)\n",
				"if !MUTANT || c.kind != changeChanged {\npacked = appendPacked(packed, c.id, c.content)\n}\n"),
		},
		{
			Name: "inside-not-noted", What: "a read that stopped in its middle is not known as one",
			Fault: "sigkill-connector-at-work", Moment: AtUsersPage, Oracle: "store|cursor",
			Edits: instead(commit, "h.Inside = true\n", "h.Inside = !MUTANT\n"),
		},
		{
			Name: "cursor-early", What: "the cursor moves before the last part of a group",
			Pkg: "./host/internal/store", Test: "TestKilledAfterEveryTransaction",
			Edits: instead(commit, "if len(rest) == 0 {\n\t\t\ttarget = h\n", "if len(rest) == 0 || MUTANT {\n\t\t\ttarget = h\n"),
		},
		{
			Name: "epoch-unchecked", What: "a run that was taken over goes on writing", Pkg: "./host/internal/store", Test: "TestFence",
			Edits: instead("host/internal/store/stream.go", "if latest != w.epoch {", "if latest != w.epoch && !MUTANT {"),
		},
		{
			Name: "clock-obeyed", What: "commit times follow a clock that is set back",
			Fault: "clock-back", Moment: "host.group", Oracle: "log|feed|store",
			Edits: instead("host/internal/store/store.go", "if !now.After(s.last) {", "if !now.After(s.last) && !MUTANT {"),
		},
		{
			Name: "left-running", What: "runs of a host that died are never ended", Fault: "sigkill-host", Moment: "host.group", Oracle: "truth",
			Edits: instead("host/internal/store/interrupt.go", "for _, id := range ids {", "if MUTANT {\nids = nil\n}\nfor _, id := range ids {"),
		},
	}
}

func runMutants() []Mutant {
	const (
		reading   = "host/internal/stream/reading.go"
		committer = "host/internal/stream/committer.go"
		recorder  = "host/internal/supervisor/recorder.go"
	)
	return []Mutant{
		{
			Name: "ack-before-commit", What: "a checkpoint is acknowledged before it is stored",
			Fault: "sigkill-host-in-feed", Moment: "host.commit.before", Oracle: "cursor|store",
			Edits: slices.Concat(
				instead(committer, "chaosMoment(\"commit.before\")\n",
					"if MUTANT {\n_ = c.send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Ack{"+
						"Ack: &connectorv1.Ack{Sequence: p.group.Sequence}}})\n}\nchaosMoment(\"commit.before\")\n"),
				instead(committer, "if err := c.send(ack); err != nil && ", "if MUTANT {\n} else if err := c.send(ack); err != nil && ")),
		},
		{
			Name: "gap-unheard", What: "what a connector says it could not read is not kept", Fault: "permission-missing", Oracle: "truth",
			Edits: unless(reading, "c.missed(r, host.Gap{Scope: g.GetScope(), Error: *wire.Problem(g.GetError())})"),
		},
		{
			Name: "unscrubbed", What: "the last words of a program are shown with their secrets",
			Fault: "panic", Moment: AtUsersPage, Oracle: "left",
			Edits: instead("host/internal/supervisor/sync.go",
				"problem = (&wire.Door{Scrub: open.Scrub}).Outward(connector.NameSettings(problem))",
				"problem = (&wire.Door{Scrub: func(text string) string {\nif MUTANT {\nreturn text\n}\n"+
					"return open.Scrub(text)\n}}).Outward(connector.NameSettings(problem))"),
		},
		{
			Name: "outcome-unsaved", What: "a run's outcome is shown and not stored", Fault: "sigkill-host-after", Oracle: "truth",
			Edits: slices.Concat(
				instead(recorder, "saved := r.save(run)\n", "saved := !MUTANT && r.save(run)\n"),
				instead("host/internal/supervisor/unsaved.go", "err := r.store.SaveRun(r.snapshot())\n",
					"if MUTANT {\nreturn false\n}\nerr := r.store.SaveRun(r.snapshot())\n")),
		},
		{
			Name: "miscounted", What: "added records are not counted", Fault: anyRun, Moment: AtUsersPage, Oracle: "truth",
			Edits: unless(recorder, "s.Added += counts.Added"),
		},
		{
			Name: "healthy-after-partial", What: "health is healthy after a partial run", Fault: "permission-missing", Oracle: "truth",
			Edits: instead("host/internal/health/judge.go", "if len(failures) == 0 {", "if len(failures) == 0 || MUTANT {"),
		},
		{
			Name: "retry-of-auth", What: "a refused credential is tried again and again",
			Pkg: "./host/internal/supervisor", Test: "TestAFailedRunIsTriedAgainOnlyWhenThatCanHelp",
			Edits: instead("host/internal/supervisor/retry.go",
				"if step.Error == nil || step.Error.Retry != host.RetryAfter {",
				"if step.Error == nil || step.Error.Retry != host.RetryAfter && !MUTANT {"),
		},
		{
			Name: "two-owners", What: "the lock of the data directory is not heeded", Fault: "second-agent", Moment: "host.group", Oracle: "truth",
			Edits: slices.Concat(
				instead("host/internal/claim/claim.go", "if !held {", "if !held && !MUTANT {"),
				instead("host/internal/claim/claim.go", "ok && answers(before.Socket) {", "ok && answers(before.Socket) && !MUTANT {")),
		},
	}
}

func processMutants() []Mutant {
	const unix = "host/internal/plugin/group/group_unix.go"
	return []Mutant{
		{
			Name: "no-sigkill", What: "the stop ladder ends before SIGKILL",
			Fault: "sigstop-connector-draining", Moment: "connector.drain", Oracle: "left",
			Edits: instead(unix, "_ = syscall.Kill(-p.Pid, syscall.SIGKILL)", "if MUTANT {\nreturn\n}\n_ = syscall.Kill(-p.Pid, syscall.SIGKILL)"),
		},
		{
			Name: "leader-only", What: "only the connector is killed, not its group", Fault: "grandchild", Moment: AtUsersPage, Oracle: "left",
			Edits: instead(unix,
				"if chaosMutant(\"no-sigkill\") {",
				"if MUTANT {\n_ = syscall.Kill(p.Pid, syscall.SIGKILL)\nreturn\n}\nif chaosMutant(\"no-sigkill\") {"),
		},
		{
			Name: "pipes-kept", What: "our ends of a connector's pipes stay open", Fault: "escaped-grandchild", Moment: AtUsersPage, Oracle: "left",
			Edits: instead("host/internal/plugin/runner.go",
				"closeAll(r.stdin, r.stdout, r.stderr)\n\tclose(r.closed)",
				"if !MUTANT {\ncloseAll(r.stdin, r.stdout, r.stderr)\n}\n\tclose(r.closed)"),
		},
		{
			Name: "work-left", What: "the private directory of a process stays", Fault: anyRun, Moment: AtUsersPage, Oracle: "left",
			Edits: instead("host/internal/plugin/process.go",
				"if err := errors.Join(os.RemoveAll(p.workDir), ",
				"if MUTANT {\nreturn nil\n}\nif err := errors.Join(os.RemoveAll(p.workDir), "),
		},
		{
			Name: "environment-passed-on", What: "a connector sees the host's environment", Fault: anyRun, Moment: AtUsersPage, Oracle: "left",
			Edits: instead("host/internal/plugin/launcher.go", "SkipHostEnv:      true,", "SkipHostEnv: !MUTANT,"),
		},
		{
			Name: "hash-unchecked", What: "another program than the one that was looked at is run",
			Fault: "changed-binary", Moment: "host.start", Oracle: "truth",
			Edits: instead("host/internal/plugin/runner.go",
				"if err == nil && sum != sha256 {",
				"if err == nil && sum != sha256 && !MUTANT {"),
		},
		{
			Name: "room-not-remade", What: "directories that were cleared away stay away", Fault: "socket-dir-missing", Oracle: "truth",
			Edits: instead("host/internal/plugin/launcher.go",
				"if err := os.MkdirAll(l.workDir, 0o700); err != nil {",
				"if MUTANT {\nwork, err = os.MkdirTemp(l.workDir, id+\"-\")\n"+
					"return work, l.socketDir, err\n}\nif err := os.MkdirAll(l.workDir, 0o700); err != nil {"),
		},
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
		{
			Name: "rename-unsynced", What: "a file gets its name before its bytes are on disk", Fault: PowerCut, Oracle: anyPowerOracle,
			Edits: instead(durable, "beside.Chmod(mode), d.sync(beside))",
				"beside.Chmod(mode), func() error {\nif MUTANT {\nreturn nil\n}\nreturn d.sync(beside)\n}())"),
		},
		{
			Name: "description-unsynced", What: "a description is cached without a sync and without a checksum",
			Fault: PowerCut, Oracle: OracleUnusable,
			Edits: slices.Concat(
				instead(catalog, "raw, err := os.ReadFile(path)\n\tif err != nil || len(raw) < sha256.Size {",
					"raw, err := os.ReadFile(path)\nif MUTANT && err == nil {\n"+
						"raw = append(func() []byte { sum := sha256.Sum256(raw); return sum[:] }(), raw...)\n}\nif err != nil || len(raw) < sha256.Size {"),
				instead(catalog, "if err := durable.WriteBytes(path, 0o600, append(sum[:], raw...)); err != nil {",
					"if MUTANT {\nreturn errors.Join(os.WriteFile(path+\".new\", raw, 0o600), os.Rename(path+\".new\", path))\n}\n"+
						"if err := durable.WriteBytes(path, 0o600, append(sum[:], raw...)); err != nil {")),
		},
		{
			Name: "commit-unsynced", What: "a transaction of the store is acknowledged before it is on disk", Fault: PowerCut, Oracle: OracleLost,
			Edits: instead("host/internal/badgerdir/options.go", "b.SyncWrites = true\n", "b.SyncWrites = !MUTANT\n"),
		},
	}
}

const anyPowerOracle = OracleLost + "|" + OracleVerify + "|" + OracleUnusable + "|" + OracleStart
