package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
)

func TestEachOfSeveralErrorsSaysWhatToDo(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	busy := refusal(host.CodeBusy, "corp is being synced", "Wait for that run.")
	gone := refusal(host.CodeNotFound, "no connection hq", "List them.")
	code := (&app{errs: &errs}).exitCode(t.Context(), fmt.Errorf("sync: %w", several{busy, gone}))
	text := errs.String()
	if code != exitLocked || strings.Count(text, "error:") != 2 || strings.Count(text, "what to do:") != 2 {
		t.Errorf("exit code %d:\n%s", code, text)
	}
}

func TestAnInterruptedCommandPrintsAProblem(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var errs bytes.Buffer
	code := (&app{errs: &errs, json: true}).exitCode(ctx, context.Cause(ctx))
	var problem problemjson.Refusal
	if err := json.Unmarshal(errs.Bytes(), &problem); err != nil || code != exitInterrupted || problem.Code != host.CodeInterrupted {
		t.Errorf("exit code %d, %v: %s", code, err, errs.String())
	}
}

func TestAnEmptyListIsAListInJSON(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(itemsOf[host.Run](nil))
	if err != nil || string(raw) != `{"items":[]}` {
		t.Errorf("%s, %v", raw, err)
	}
}
