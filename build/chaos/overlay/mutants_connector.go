package overlay

import "slices"

// sdkMutants are faults of the SDK, so of every connector.
func sdkMutants() []Mutant {
	const run, serve = "sdk/run.go", "sdk/serve.go"
	return []Mutant{
		{
			Name: "deaf-to-the-host", What: "a connector does not notice that its host is dead",
			Author: true, Fault: "sigkill-host", Moment: AtUsersPage, Oracle: "left",
			Edits: slices.Concat(unless(serve, "go watchStdin(orphaned)"), unless(serve, "go watchParent(os.Getppid(), orphaned)")),
		},
		{
			Name: "ack-not-awaited", What: "WaitAcked does not wait",
			Author: true, Fault: "sigkill-host-in-feed", Moment: "host.commit.before", Oracle: "cursor|store",
			Edits: instead("sdk/window.go", "for w.acked < sequence {", "for w.acked < sequence && !MUTANT {"),
		},
		{
			Name: "tenth-declared", What: "a checkpoint declares a tenth of the records that were sent",
			Author: true, Fault: anyRun, Moment: AtUsersPage, Oracle: "truth",
			Edits: instead("sdk/output.go",
				"Label: label, Records: o.group,",
				"Label: label, Records: func() uint64 {\nif MUTANT {\nreturn o.group / 10\n}\nreturn o.group\n}(),"),
		},
		{
			Name: "gap-uncounted", What: "a stream with a gap counts as complete", Pkg: "./sdk", Test: "TestSyncResults",
			Edits: instead(run, "if gaps > 0 {", "if gaps > 0 && !MUTANT {"),
		},
		{
			Name: "cancel-swallowed", What: "a stream that was cut short by a cancel counts as complete",
			Pkg: "./sdk", Test: "TestSwallowedCancelIsNotComplete",
			Edits: instead(run,
				"if err = orCause(ctx, err); err != nil {\n\t\treturn err\n\t}\n\treturn out.finish()",
				"if MUTANT {\nreturn err\n}\nif err = orCause(ctx, err); err != nil {\n\t\treturn err\n\t}\n\treturn out.finish()"),
		},
		{
			Name: "partial-claimed", What: "a failed stream without a cursor counts as resumable", Pkg: "./sdk", Test: "TestSyncResults",
			Edits: instead(run, "if resumable > 0 && r.committed(resumable) {", "if MUTANT || resumable > 0 && r.committed(resumable) {"),
		},
	}
}

// authorMutants are faults of a connector's author; connector/streams.go has
// them.
func authorMutants() []Mutant {
	by := func(name, what, fault, moment, oracle string) Mutant {
		return Mutant{Name: name, What: what, Author: true, Fault: fault, Moment: moment, Oracle: oracle}
	}
	return []Mutant{
		by("swallow-403", "a section that may not be read is passed over", "permission-missing", "", "sweep"),
		by("cursor-greater", "the feed is asked for what is later than the cursor, not as late", "tick-tie", "", "cursor|store"),
		by("cursor-overtakes", "the cursor goes past the tick in which the read began", "tick-overtaken", "", "cursor"),
		by("final-cursor-after-failure", "a stream that failed stores the cursor of its end",
			"network-cut", "connector.findings.page", "cursor|store"),
		by("drop-oversize", "a record that is too large is passed over", "oversize", "", "truth|store"),
		by("forget-before-ack", "the upstream forgets what is not stored yet", "sigkill-host-in-feed", "host.commit.before", "cursor|store"),
		by("drop-last-page", "the last page is not read", anyRun, AtUsersPage, "store|sweep"),
		by("duplicate-key", "two records have one key", anyRun, AtUsersPage, "store|log"),
		by("secret-in-cursor", "the token is in the cursor", anyRun, AtUsersPage, "truth"),
		by("secret-in-record", "the token is in a record", anyRun, AtUsersPage, "left"),
		by("checkpoint-before-put", "the cursor is ahead of the records", "sigkill-connector-at-work", AtUsersPage, "cursor|store"),
		by("resume-skips", "a resumed read begins a page too late", "sigkill-connector-at-work", AtUsersPage, "cursor"),
		by("nil-after-error", "a stream that failed says that it is complete", "network-cut", "connector.devices.page", "store|sweep"),
		by("tombstones-left-out", "removals of the feed are not passed on", anyRun, AtUsersPage, "cursor|store"),
	}
}
