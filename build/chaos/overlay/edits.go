package overlay

import (
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
)

// Edits is everything the overlay changes: moments, scale, the clock, mutants.
func Edits() []Edit {
	all := slices.Concat(moments(), scale())
	for _, m := range Mutants() {
		all = append(all, m.Edits...)
	}
	return all
}

// moments are the agent's.
func moments() []Edit {
	at := func(name, file, anchor string) Edit {
		return Edit{"moment " + name, file, anchor, "chaosMoment(\"" + name + "\")\n" + anchor}
	}
	const (
		conversation = "host/internal/source/conversation.go"
		reading      = "host/internal/source/reading.go"
		committer    = "host/internal/source/committer.go"
		finish       = "host/internal/journal/writer/finish.go"
	)
	return []Edit{
		at("recover", "host/internal/upkeep/upkeep.go", "ended, err := u.config.Store.InterruptRuns("),
		at("start", "host/internal/supervisor/sync.go", "if err := src.Start(ctx); err != nil {"),
		at("open.before", conversation, "if err := c.send(c.openMessage()); err != nil {"),
		at("open.after", conversation, "err = c.talk()\n"),
		at("group", reading, "c.lastBatch = b.GetNumber()\n"),
		at("commit.before", committer, "if err := c.sink.Commit(ctx, p.group); err != nil {"),
		at("commit.after", committer, "ack := &connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Ack{"),
		at("drain", conversation, "message := &connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Cancel{"),
		at("sweep", finish, "return w.write(gone, w.header, &counts)\n"),
		at("finish", finish, "if err := w.saveHeader(w.ended(f.Outcome, held)); err != nil {"),
		at("end", "host/internal/supervisor/recorder.go", "endSteps(&run, cause, now)\n"),
		at("stop", "host/internal/plugin/process.go", "killed := make(chan struct{})\n"),
		{
			"moment acked", committer,
			"w.cut(fmt.Errorf(\"acknowledge checkpoint %d: %w\", p.group.Sequence, err))\n\t}\n",
			"w.cut(fmt.Errorf(\"acknowledge checkpoint %d: %w\", p.group.Sequence, err))\n\t}\nchaosMoment(\"acked\")\n",
		},
		{
			"moment transaction", "host/internal/journal/ledger/ledger.go",
			"if err == nil && l.OnCommit != nil {",
			"if err == nil {\nchaosMoment(\"transaction\")\n}\nif err == nil && l.OnCommit != nil {",
		},
	}
}

// scale makes what is large or slow fit into a case, and hands the clock over.
func scale() []Edit {
	const (
		conversation = "host/internal/source/conversation.go"
		limits       = "host/internal/journal/ledger/options.go"
	)
	to := func(what, file, from, to string) Edit { return Edit{"scale of " + what, file, from, to} }
	wait := func(what, file, name, was string, most time.Duration) Edit {
		return to(what, file, name+was, fmt.Sprintf("%s%d * time.Millisecond", name, limit.Allowed(most).Milliseconds()))
	}
	return []Edit{
		wait("silence", conversation, "const maxSilence = ", "5 * time.Minute", scaledSilence),
		wait("the grace of a cancel", conversation, "const CancelGrace = ", "7 * time.Second", scaledGrace),
		wait("the start", "host/internal/plugin/launcher.go", "startTimeout: ", "20 * time.Second", scaledStart),
		to("a part of a group", limits, "PartRecords: 2000,", "PartRecords: 4,"),
		to("a pack", limits, "PackRecords: 500,", "PackRecords: 2,"),
		to("compaction", limits, "CompactEntries: 4096, CompactDeltas: 1024, MergeDeltas: 16,",
			"CompactEntries: 8, CompactDeltas: 6, MergeDeltas: 3,"),
		to("chunks", limits, "ChunkEntries: 900, CompactChunks: 5,", "ChunkEntries: 6, CompactChunks: 2,"),
		to("the memory of the disk's size", "host/internal/badgerdir/space.go", "spaceFresh  = 10 * time.Second",
			"spaceFresh  = time.Nanosecond"),
		{
			"containment", "host/internal/plugin/confine/confine_linux.go", "support := Supported()\n",
			"support := Supported()\nif _, off := syscall.Getenv(\"CHAOS_UNCONTAINED\"); off {\nsupport = Support{}\n}\n",
		},
		{"clock of the store", limits, "o.Now = time.Now\n", "o.Now = chaosNow\n"},
		{"clock of the runs", "host/internal/boot/boot.go", "h.parts.Now = time.Now", "h.parts.Now = chaosNow"},
		{"clock of the start", "host/internal/boot/boot.go", "started: time.Now()}", "started: chaosNow()}"},
		{"clock of the verdicts", "host/internal/connections/status.go", "Shared{now: time.Now(),", "Shared{now: chaosNow(),"},
	}
}

// What the copies of the program have in place of their own limits, so that a case
// takes no minutes.
const (
	scaledSilence = 6 * time.Second
	scaledGrace   = 2 * time.Second
	scaledStart   = 4 * time.Second
)
