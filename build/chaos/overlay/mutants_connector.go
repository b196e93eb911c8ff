package overlay

// sdkMutants are faults of the SDK, so of every connector.
func sdkMutants() []Mutant {
	const run, serve = "sdk/run.go", "sdk/serve.go"
	return []Mutant{
		authored("deaf-to-the-host", "a connector does not notice that its host is dead", "sigkill-host", AtUsersPage, "left",
			unless(serve, "go watchStdin(orphaned)"), unless(serve, "go watchParent(os.Getppid(), orphaned)")),
		authored("ack-not-awaited", "WaitAcked does not wait", "sigkill-host-in-feed", "host.commit.before", "cursor|store",
			instead("sdk/window.go", "for w.acked < sequence {", "for w.acked < sequence && !MUTANT {")),
		authored("tenth-declared", "a checkpoint declares a tenth of the records that were sent", anyRun, AtUsersPage, "truth",
			instead("sdk/output.go", "Label: label, Records: o.group,",
				"Label: label, Records: func() uint64 {\nif MUTANT {\nreturn o.group / 10\n}\nreturn o.group\n}(),")),
		tested("gap-uncounted", "a stream with a gap counts as complete", "./sdk", "TestSyncResults",
			instead(run, "if gaps > 0 {", "if gaps > 0 && !MUTANT {")),
		tested("cancel-swallowed", "a stream that was cut short by a cancel counts as complete", "./sdk", "TestSwallowedCancelIsNotComplete",
			instead(run, "if err = orCause(ctx, err); err == nil {\n\t\terr = out.finish()",
				"if cause := orCause(ctx, err); !MUTANT {\nerr = cause\n}\nif err == nil && !MUTANT {\n\t\terr = out.finish()")),
		tested("partial-claimed", "a failed stream without a cursor counts as resumable", "./sdk", "TestSyncResults",
			instead(run, "if resumable > 0 && r.committed(resumable) {", "if MUTANT || resumable > 0 && r.committed(resumable) {")),
	}
}

// authorMutants are faults of a connector's author; connector/streams.go has
// them.
func authorMutants() []Mutant {
	return []Mutant{
		authored("swallow-403", "a section that may not be read is passed over", "permission-missing", "", "sweep"),
		authored("cursor-greater", "the feed is asked for what is later than the cursor, not as late", "tick-tie", "", "cursor|store"),
		authored("cursor-overtakes", "the cursor goes past the tick in which the read began", "tick-overtaken", "", "cursor"),
		authored("final-cursor-after-failure", "a stream that failed stores the cursor of its end",
			"network-cut", "connector.findings.page", "cursor|store"),
		authored("drop-oversize", "a record that is too large is passed over", "oversize", "", "truth|store"),
		authored("forget-before-ack", "the upstream forgets what is not stored yet",
			"sigkill-host-in-feed", "host.commit.before", "cursor|store"),
		authored("drop-last-page", "the last page is not read", anyRun, AtUsersPage, "store|sweep"),
		authored("duplicate-key", "two records have one key", anyRun, AtUsersPage, "store|log"),
		authored("secret-in-cursor", "the token is in the cursor", anyRun, AtUsersPage, "truth"),
		authored("secret-in-record", "the token is in a record", anyRun, AtUsersPage, "left"),
		authored("checkpoint-before-put", "the cursor is ahead of the records", "sigkill-connector-at-work", AtUsersPage, "cursor|store"),
		authored("resume-skips", "a resumed read begins a page too late", "sigkill-connector-at-work", AtUsersPage, "cursor"),
		authored("nil-after-error", "a stream that failed says that it is complete", "network-cut", "connector.devices.page", "store|sweep"),
		authored("tombstones-left-out", "removals of the feed are not passed on", anyRun, AtUsersPage, "cursor|store"),
	}
}
