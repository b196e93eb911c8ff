package main

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
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
	times := make([]time.Duration, 5)
	err := b.with(ctx, "first", func(a *agent) error {
		for i := range times {
			alias := fmt.Sprintf("c%d", i)
			if err := a.add(ctx, alias, "", script(50*page, page, 0)); err != nil {
				return err
			}
			begun := time.Now()
			r, err := a.sync(ctx, alias)
			if err != nil {
				return err
			}
			if _, err := a.until(ctx, r.ID, reading); err != nil {
				return err
			}
			times[i] = time.Since(begun)
			if _, err := a.until(ctx, r.ID, ended); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	note := fmt.Sprintf("asking for a run to a stored record seen over the API, median of %d; ", len(times)) +
		"the connector's program is verified, started and signed in within it"
	return b.print(figure{Name: "first_record", Figure: ms(percentile(times, 50)), Unit: "ms", Note: note})
}

// syncs measures a first sync, an unchanged one, one with one record in a hundred
// changed, and the memory and disk they take.
func (b *bench) syncs(ctx context.Context) error {
	ceiling, err := b.ceiling()
	if err != nil {
		return err
	}
	note := "bare Badger, encrypted and synced like the store; " + machine()
	if err := b.print(figure{Name: "store_ceiling", Figure: ceiling, Unit: "records/s", Note: note}); err != nil {
		return err
	}
	var first *agent
	if err := b.with(ctx, "syncs", func(a *agent) error {
		first = a
		if err := a.add(ctx, "corp", "", script(b.records, page, 0)); err != nil {
			return err
		}
		return b.printSync(ctx, a, "first_sync", ceiling)
	}); err != nil {
		return err
	}
	// With the agent stopped, every file has its final size.
	size, err := sizeOf(filepath.Join(first.dir, "store"))
	if err != nil {
		return err
	}
	if err := b.print(
		figure{
			Name: "first_sync_anonymous_end", Figure: mib(first.anonymous.Load()), Unit: "MiB",
			Note: "largest anonymous memory of the agent up to its end after the first sync, with the merges that closing waits for",
		},
		figure{
			Name: "disk", Figure: float64(size) / float64(b.records), Unit: "bytes/record",
			Note: "size of the store's files after the first sync and a clean stop",
		},
	); err != nil {
		return err
	}
	return b.with(ctx, "syncs", func(a *agent) error { return b.again(ctx, a, ceiling) })
}

// again measures the syncs of stored records, after the agent has finished the work
// of its start.
func (b *bench) again(ctx context.Context, a *agent, ceiling float64) error {
	if err := a.settled(ctx); err != nil {
		return err
	}
	if err := b.printSync(ctx, a, "unchanged_sync", ceiling); err != nil {
		return err
	}
	if err := a.edit(ctx, "corp", script(b.records, page, 2)); err != nil {
		return err
	}
	if err := b.printSync(ctx, a, "changed_sync", ceiling); err != nil {
		return err
	}
	return b.stalled(ctx, a)
}

func (b *bench) printSync(ctx context.Context, a *agent, name string, ceiling float64) error {
	m, err := a.measured(ctx)
	if err != nil {
		return err
	}
	took, users := m.run.FinishedAt.Sub(*m.run.StartedAt), users(m.run)
	if users.Read != b.records || m.run.Status != host.StatusSucceeded {
		return fmt.Errorf("%s ended as %s with %d records read instead of %d", name, m.run.Status, users.Read, b.records)
	}
	note := fmt.Sprintf("%d records changed; %d records in %.1f s from connector process to disk, its start included",
		users.Changed, b.records, took.Seconds())
	speed := figure{Name: name, Figure: perSecond(b.records, took), Unit: "records/s", Ceiling: ceiling, Note: note}
	if m.hostPeak == 0 { // this system does not report it
		return b.print(speed)
	}
	n, payload := float64(b.records), float64(len(ceilingRecord(0)))
	return b.print(
		speed,
		figure{Name: name + "_allocations", Figure: float64(m.allocated) / n, Unit: "objects/record", Note: "on the agent's heap"},
		figure{
			Name: name + "_cpu_host", Figure: 1e6 * m.hostCPU.Seconds() / n, Unit: "µs/record",
			Note: "processor time of the agent, over all cores",
		},
		figure{
			Name: name + "_written", Figure: 100 * float64(m.written) / (n * payload), Unit: "% of the payload",
			Note: "bytes the agent had written to the disk, merging of tables included",
		},
		figure{Name: name + "_anonymous_host", Figure: mib(m.hostPeak), Unit: "MiB", Note: "largest anonymous memory so far"},
		figure{
			Name: name + "_rss_connector", Figure: mib(m.connectorPeak), Unit: "MiB",
			Note: "largest resident memory up to the end of the sync",
		},
	)
}

func users(r host.Run) host.Step {
	i := slices.IndexFunc(r.Steps, func(s host.Step) bool { return s.Name == "users" })
	if i < 0 {
		return host.Step{}
	}
	return r.Steps[i]
}

func reading(r host.Run) bool { return users(r).Read > 0 }

func ended(r host.Run) bool { return r.FinishedAt != nil }

func sizeOf(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", dir, err)
	}
	return total, nil
}
