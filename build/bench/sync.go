package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// page is the number of records between two checkpoints: what the SDK itself
// chooses for a stream that sets none.
const page = 500

// vendorBytes is the size of the vendor's own document in each record, which makes
// the whole about 400 bytes, as in the ceiling.
const vendorBytes = 180

// script is the settings of the scripted connector, as package sdktest has them.
func script(records, page, version int) map[string]any {
	users := map[string]any{"name": "users", "records": records, "page": page, "pad": vendorBytes}
	if version > 0 {
		users["changed_every"], users["version"] = 100, version
	}
	return map[string]any{"streams": []any{users}}
}

// firstRecord measures from asking for a run until the API shows a stored record.
func (b *bench) firstRecord(ctx context.Context) error {
	a, err := b.agent(ctx, "first")
	if err != nil {
		return err
	}
	times := make([]time.Duration, 0, 5)
	for i := range cap(times) {
		alias := fmt.Sprintf("c%d", i)
		if err := a.add(ctx, alias, script(50*page, page, 0)); err != nil {
			return a.abort(err)
		}
		begun := time.Now()
		r, err := a.sync(ctx, alias)
		if err != nil {
			return a.abort(err)
		}
		if err := a.until(ctx, r.ID, func(r run) bool { return r.users().Read > 0 }); err != nil {
			return a.abort(err)
		}
		times = append(times, time.Since(begun))
		if err := a.until(ctx, r.ID, func(r run) bool { return r.FinishedAt != nil }); err != nil {
			return a.abort(err)
		}
	}
	if err := a.stop(); err != nil {
		return err
	}
	return b.print(figure{
		Name: "first_record", Figure: ms(median(times)), Unit: "ms",
		Note: fmt.Sprintf("asking for a run to a stored record seen over the API, median of %d; the connector's program is verified, started and signed in within it", len(times)),
	})
}

// syncs measures a first sync, the same again, and with one record in a hundred
// changed, and what they take.
func (b *bench) syncs(ctx context.Context) error {
	roomy, err := b.ceiling(roomyOptions(filepath.Join(b.dir, "ceiling-roomy")))
	if err != nil {
		return err
	}
	ceiling, err := b.ceiling(ceilingOptions(filepath.Join(b.dir, "ceiling")))
	if err != nil {
		return err
	}
	if err := b.print(figure{Name: "store_ceiling_roomy", Figure: roomy, Unit: "records/s", Note: "bare Badger with memtables of 16 MiB, large tables and compression, encrypted and synced"}); err != nil {
		return err
	}
	if err := b.print(figure{Name: "store_ceiling", Figure: ceiling, Unit: "records/s", Note: "bare Badger, encrypted and synced like the store; " + machine()}); err != nil {
		return err
	}
	a, err := b.agent(ctx, "syncs")
	if err != nil {
		return err
	}
	if err := a.add(ctx, "corp", script(b.records, page, 0)); err != nil {
		return a.abort(err)
	}
	first, err := a.measured(ctx)
	if err != nil {
		return a.abort(err)
	}
	if err := b.printSync("first_sync", first, ceiling, ""); err != nil {
		return a.abort(err)
	}
	largest, err := a.end() // so that everything is in files of their final size
	if err != nil {
		return err
	}
	const note = "largest anonymous memory of the agent up to its end after the first sync, with the merges that closing waits for"
	if err := b.printMemory("first_sync_anonymous_end", largest, note); err != nil {
		return err
	}
	size, err := sizeOf(filepath.Join(a.dir, "store"))
	if err != nil {
		return err
	}
	if err := b.print(figure{Name: "disk", Figure: float64(size) / float64(b.records), Unit: "bytes/record", Note: "size of the store's files after the first sync and a clean stop"}); err != nil {
		return err
	}
	if a, err = b.agent(ctx, "syncs"); err != nil {
		return err
	}
	return b.again(ctx, a, ceiling)
}

// again measures the syncs of what is stored already, once the agent has done
// what its start left it to do.
func (b *bench) again(ctx context.Context, a *agent, ceiling float64) error {
	if err := a.settled(ctx); err != nil {
		return a.abort(err)
	}
	same, err := a.measured(ctx)
	if err != nil {
		return a.abort(err)
	}
	if err := b.printSync("unchanged_sync", same, ceiling, ""); err != nil {
		return a.abort(err)
	}
	if err := a.edit(ctx, "corp", script(b.records, page, 2)); err != nil {
		return a.abort(err)
	}
	changed, err := a.measured(ctx)
	if err != nil {
		return a.abort(err)
	}
	note := fmt.Sprintf("%d records changed", changed.run.users().Changed)
	if err := b.printSync("changed_sync", changed, ceiling, note); err != nil {
		return a.abort(err)
	}
	if err := b.stalled(ctx, a); err != nil {
		return a.abort(err)
	}
	return a.stop()
}

func (b *bench) printSync(name string, m measurement, ceiling float64, note string) error {
	took := m.run.FinishedAt.Sub(*m.run.StartedAt)
	if note != "" {
		note += "; "
	}
	users := m.run.users()
	if users.Read != b.records || m.run.Status != "succeeded" {
		return fmt.Errorf("%s ended as %s with %d records read instead of %d", name, m.run.Status, users.Read, b.records)
	}
	if err := b.print(figure{
		Name: name, Figure: perSecond(b.records, took), Unit: "records/s", Ceiling: ceiling,
		Note: note + fmt.Sprintf("%d records in %.1f s from connector process to disk, its start included", b.records, took.Seconds()),
	}); err != nil {
		return err
	}
	if m.hostPeak == 0 {
		return nil // this system does not tell
	}
	n, payload := float64(b.records), float64(len(ceilingRecord(0)))
	for _, f := range []figure{
		{Name: name + "_allocations", Figure: float64(m.allocated) / n, Unit: "objects/record", Note: "on the agent's heap"},
		{Name: name + "_cpu_host", Figure: 1e6 * m.hostCPU.Seconds() / n, Unit: "µs/record", Note: "processor time of the agent, over all cores"},
		{Name: name + "_written", Figure: 100 * float64(m.written) / (n * payload), Unit: "% of the payload", Note: "bytes the agent had written to the disk, merging of tables included"},
		{Name: name + "_anonymous_host", Figure: mib(m.hostPeak), Unit: "MiB", Note: "largest anonymous memory so far"},
		{Name: name + "_rss_connector", Figure: float64(m.connectorPeak) / (1 << 20), Unit: "MiB", Note: "largest resident memory up to the end of the sync"},
	} {
		if err := b.print(f); err != nil {
			return err
		}
	}
	return nil
}

// run is what the API says of a run, as far as it is looked at here.
type run struct {
	ID         string     `json:"id"`
	Status     string     `json:"status"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"`
	Steps      []step     `json:"steps"`
}

type step struct {
	Name    string          `json:"name"`
	Read    int             `json:"read"`
	Changed int             `json:"changed"`
	Error   json.RawMessage `json:"error"`
}

func (r run) users() step {
	for _, s := range r.Steps {
		if s.Name == "users" {
			return s
		}
	}
	return step{}
}

func sizeOf(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		total += info.Size()
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", dir, err)
	}
	return total, nil
}
