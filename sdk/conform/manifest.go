package conform

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"
)

func tryBudget(ctx context.Context, k *kit) error {
	info, err := os.Stat(k.Program)
	if err != nil {
		return fmt.Errorf("measure program: %w", err)
	}
	if info.Size() > k.MaxBytes {
		return fmt.Errorf("the program has %d bytes, more than %d", info.Size(), k.MaxBytes)
	}
	begun := time.Now()
	if _, err := k.open(ctx, launch{}); err != nil {
		return err
	}
	if took := time.Since(begun); took > k.StartBudget {
		return fmt.Errorf("starting took %s, more than %s", took.Round(time.Millisecond), k.StartBudget)
	}
	return nil
}

// manifest is the part of the output of "describe" that must equal the answer of Describe.
type manifest struct {
	ID           string           `json:"id"`
	Name         string           `json:"name"`
	Version      string           `json:"version"`
	Capabilities []string         `json:"capabilities"`
	Streams      []manifestStream `json:"streams"`
}

type manifestStream struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

func tryManifest(ctx context.Context, k *kit) error {
	described, err := k.describe(ctx, launch{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, k.StartLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, k.Program, "describe")
	cmd.Env = append([]string{}, k.Environ...)
	raw, err := cmd.Output()
	if err != nil {
		return fmt.Errorf(`run with "describe": %w`, err)
	}
	var printed, want manifest
	if err := json.Unmarshal(raw, &printed); err != nil {
		return fmt.Errorf(`"describe" prints no JSON: %w`, err)
	}
	want = manifest{described.GetId(), described.GetName(), described.GetVersion(), described.GetCapabilities(), nil}
	for _, s := range described.GetStreams() {
		want.Streams = append(want.Streams, manifestStream{s.GetName(), s.GetKind()})
	}
	if got, wanted := fmt.Sprint(printed), fmt.Sprint(want); got != wanted {
		return fmt.Errorf("it prints %s, Describe answers %s", got, wanted)
	}
	return nil
}
