package main

import "slices"

// sdkMutants are faults of the SDK, so of every connector.
func sdkMutants() []mutant {
	const run, serve = "sdk/run.go", "sdk/serve.go"
	const deaf = "deaf-to-the-host"
	return []mutant{
		{
			name: deaf, what: "a connector does not notice that its host is dead", author: true, fault: "sigkill-host", moment: atUsersPage, oracle: "left",
			edits: slices.Concat(unless(deaf, serve, "go watchStdin(orphaned)"), unless(deaf, serve, "go watchParent(os.Getppid(), orphaned)")),
		},
		{
			name: "ack-not-awaited", what: "WaitAcked does not wait", author: true, fault: "sigkill-host-in-feed", moment: "host.commit.before", oracle: "cursor|store",
			edits: instead("ack-not-awaited", "sdk/window.go", "for w.acked < sequence {", "for w.acked < sequence && !MUTANT {"),
		},
		{
			name: "tenth-declared", what: "a checkpoint declares a tenth of the records that were sent", author: true, fault: anyRun, moment: atUsersPage, oracle: "truth",
			edits: instead("tenth-declared", "sdk/output.go", "Label: label, Records: o.group,", "Label: label, Records: func() uint64 {\nif MUTANT {\nreturn o.group / 10\n}\nreturn o.group\n}(),"),
		},
		{
			name: "gap-uncounted", what: "a stream with a gap counts as complete", pkg: "./sdk", test: "TestSyncResults",
			edits: instead("gap-uncounted", run, "if gaps > 0 {", "if gaps > 0 && !MUTANT {"),
		},
		{
			name: "cancel-swallowed", what: "a stream that was cut short by a cancel counts as complete", pkg: "./sdk", test: "TestSwallowedCancelIsNotComplete",
			edits: instead("cancel-swallowed", run, "if err = orCause(ctx, err); err != nil {\n\t\treturn err\n\t}\n\treturn out.finish()", "if MUTANT {\nreturn err\n}\nif err = orCause(ctx, err); err != nil {\n\t\treturn err\n\t}\n\treturn out.finish()"),
		},
		{
			name: "partial-claimed", what: "a failed stream without a cursor counts as resumable", pkg: "./sdk", test: "TestSyncResults",
			edits: instead("partial-claimed", run, "if resumable > 0 && r.committed(resumable) {", "if MUTANT || resumable > 0 && r.committed(resumable) {"),
		},
	}
}

// authorMutants are faults of a connector's author; connector/streams.go has
// them.
func authorMutants() []mutant {
	by := func(name, what, fault, moment, oracle string) mutant {
		return mutant{name: name, what: what, author: true, fault: fault, moment: moment, oracle: oracle}
	}
	return []mutant{
		by("swallow-403", "a section that may not be read is passed over", "permission-missing", "", "sweep"),
		by("cursor-greater", "the feed is asked for what is later than the cursor, not as late", "tick-tie", "", "cursor|store"),
		by("cursor-overtakes", "the cursor goes past the tick in which the read began", "tick-overtaken", "", "cursor"),
		by("final-cursor-after-failure", "a stream that failed stores the cursor of its end", "network-cut", "connector.findings.page", "cursor|store"),
		by("drop-oversize", "a record that is too large is passed over", "oversize", "", "truth|store"),
		by("forget-before-ack", "the upstream forgets what is not stored yet", "sigkill-host-in-feed", "host.commit.before", "cursor|store"),
		by("drop-last-page", "the last page is not read", anyRun, atUsersPage, "store|sweep"),
		by("duplicate-key", "two records have one key", anyRun, atUsersPage, "store|log"),
		by("secret-in-cursor", "the token is in the cursor", anyRun, atUsersPage, "truth"),
		by("secret-in-record", "the token is in a record", anyRun, atUsersPage, "left"),
		by("checkpoint-before-put", "the cursor is ahead of the records", "sigkill-connector-at-work", atUsersPage, "cursor|store"),
		by("resume-skips", "a resumed read begins a page too late", "sigkill-connector-at-work", atUsersPage, "cursor"),
		by("nil-after-error", "a stream that failed says that it is complete", "network-cut", "connector.devices.page", "store|sweep"),
		by("tombstones-left-out", "removals of the feed are not passed on", anyRun, atUsersPage, "cursor|store"),
	}
}
