package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// caughtByPower cuts the mutant's power until an oracle complains, and returns why
// it survived, or why the power cannot be cut on this machine.
func (m mutant) caughtByPower(ctx context.Context, p *programs, seed uint64) (survived, notRun string) {
	caught, last := false, ""
	for i := range uint64(powerPatience) {
		err := cutPower(ctx, p, seed+i, powerRounds*len(acts()), options{mutants: m.name}, func(o outcome, _ pair) bool {
			for _, v := range o.Violations {
				caught = caught || slices.Contains(strings.Split(m.oracle, "|"), v.Oracle)
				last = fmt.Sprintf("%s: %s", v.Oracle, v.What)
			}
			return !caught
		})
		var not impossible
		switch {
		case caught:
			return "", ""
		case errors.As(err, &not):
			return "", not.why
		case err != nil:
			return err.Error(), ""
		}
	}
	return fmt.Sprintf("the mutant survived (%s): %s did not catch it by %s with %d disks; the last complaint: %s", m.what, m.catcher(), m.oracle, powerPatience, clip(last, 600)), ""
}

// powerPatience is how many disks a mutant goes through before it has survived.
const powerPatience = 3
