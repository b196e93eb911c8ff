package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// The pause between two questions for the status of an export doubles from the first to the last.
const (
	firstPause = 2 * time.Second
	lastPause  = 30 * time.Second
	busyPause  = time.Minute // while another export of the same data runs
)

// export is an export job. Tenable prepares its chunks in any order, and they can be read as soon as they are listed.
type export struct {
	*tenable
	what  string // in messages: "findings"
	start string // path of the request that begins it
	path  string // below which are its status and its chunks
	body  any

	chunk func(rows []json.RawMessage) error // takes the rows of one chunk
}

// status is the status of a job. The lists after ChunksAvailable exist for findings only, Reason for assets only.
type status struct {
	Status          text  `json:"status"`
	Reason          text  `json:"reason"`
	ChunksAvailable []int `json:"chunks_available"`
	ChunksFailed    []int `json:"chunks_failed"`
	ChunksCancelled []int `json:"chunks_cancelled"`
	TotalChunks     *int  `json:"total_chunks"`
	EmptyChunks     int   `json:"empty_chunks_count"`
}

// errFailed says that Tenable could not prepare the export. Tenable advises to try once more.
var errFailed = errors.New("the export failed")

// read reads the whole export, and begins a failed one once more.
func (e export) read(ctx context.Context, out *sdk.Output) error {
	err := e.once(ctx, out)
	if errors.Is(err, errFailed) {
		out.Note("The export of " + e.what + " failed: exporting again.")
		err = e.once(ctx, out)
	}
	return err
}

func (e export) once(ctx context.Context, out *sdk.Output) error {
	job, err := e.begin(ctx)
	if err != nil {
		return err
	}
	done := map[int]bool{}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		var s status
		if _, err := e.client.GetJSON(ctx, e.path+"/"+job+"/status", nil, &s); err != nil {
			return err
		}
		fresh := slices.DeleteFunc(slices.Clone(s.ChunksAvailable), func(n int) bool { return done[n] })
		for _, n := range fresh {
			done[n] = true
			if err := e.take(ctx, out, job, n); err != nil {
				return err
			}
		}
		switch s.Status {
		case "FINISHED":
			e.report(out, s)
			return nil
		case "QUEUED", "PROCESSING":
		default:
			return e.ended(s)
		}
		if len(fresh) > 0 {
			pause = firstPause // more may be ready already
		}
		if err := out.Wait(ctx, pause, e.note(s, len(done))); err != nil {
			return err
		}
	}
}

// begin starts the export and returns the id of the job. Tenable refuses an export while another one with the same
// filters runs, and names it: that one is read instead.
func (e export) begin(ctx context.Context) (string, error) {
	body, err := json.Marshal(e.body)
	if err != nil {
		return "", fmt.Errorf("encode export: %w", err)
	}
	var job struct {
		New     text `json:"export_uuid"`
		Running text `json:"active_job_id"`
		Reason  text `json:"failure_reason"`
	}
	_, err = e.client.Ask(ctx, sdk.Ask{
		Method: http.MethodPost, Path: e.start, Reads: true, Body: body, ContentType: "application/json",
		Judge: func(answer *sdk.Response, err error) error {
			readable := json.Unmarshal(answer.Body, &job) == nil
			switch {
			case answer.Status == http.StatusConflict && readable && job.Running != "":
				return nil
			case answer.Status == http.StatusConflict:
				busy := sdk.Errorf(sdk.CodeRateLimited, "Tenable runs another export of the same %s", e.what).
					WithRemedy("Nothing needs to be done: the next run tries again. Another program exports the same data from Tenable.")
				busy.UpstreamStatus, busy.RetryAfter = answer.Status, busyPause
				return busy
			case err == nil && (!readable || job.New == ""):
				return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Tenable to %s names no export", e.start)
			}
			return err
		},
	})
	return string(cmp.Or(job.New, job.Running)), err
}

// take reads one chunk. A chunk that cannot be read is a gap.
func (e export) take(ctx context.Context, out *sdk.Output, job string, n int) error {
	var rows []json.RawMessage
	_, err := e.client.GetJSON(ctx, e.path+"/"+job+"/chunks/"+strconv.Itoa(n), nil, &rows)
	if err == nil && rows == nil {
		err = sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "chunk %d of the export of %s holds no list", n, e.what)
	}
	if err == nil {
		return e.chunk(rows)
	}
	switch sdk.AsError(err).Code {
	case sdk.CodeUpstreamInvalidResponse, sdk.CodeUpstream5xx, sdk.CodeNotFoundEndpoint, sdk.CodeNotFoundResource:
		out.Gap(fmt.Sprintf("chunk %d of the export of %s", n, e.what), err)
		return nil
	}
	return err
}

// report reports the chunks that a finished export lacks.
func (e export) report(out *sdk.Output, s status) {
	for _, n := range slices.Concat(s.ChunksFailed, s.ChunksCancelled) {
		out.Gap(fmt.Sprintf("chunk %d of the export of %s", n, e.what),
			sdk.Errorf(sdk.CodeUpstream5xx, "Tenable could not prepare chunk %d of the export", n))
	}
	listed := len(s.ChunksAvailable) + len(s.ChunksFailed) + len(s.ChunksCancelled) + s.EmptyChunks
	if s.TotalChunks != nil && listed < *s.TotalChunks {
		out.Gap("export of "+e.what, sdk.Errorf(sdk.CodeUpstreamInvalidResponse,
			"the export of %s is finished and lists %d of its %d chunks", e.what, listed, *s.TotalChunks))
	}
}

// ended returns the error of an export that will not finish.
func (e export) ended(s status) error {
	switch s.Status {
	case "CANCELLED":
		return sdk.Errorf(sdk.CodeUpstream5xx, "the export of %s was cancelled in Tenable", e.what).
			WithRemedy("Sync again. If it is cancelled again, find out which administrator or program exports or cancels exports in Tenable.")
	case "ERROR":
		err := sdk.Errorf(sdk.CodeUpstream5xx, "Tenable could not export the %s", e.what)
		if s.Reason != "" {
			err.Message += ": " + string(s.Reason)
		}
		return err.Because(errFailed)
	}
	return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the export of %s has the status %q, which is not documented", e.what, s.Status)
}

// note says how far an export is.
func (e export) note(s status, done int) string {
	if s.Status == "QUEUED" {
		return "Tenable has queued the export of " + e.what + "."
	}
	if s.TotalChunks != nil && *s.TotalChunks > 0 {
		return fmt.Sprintf("Tenable prepares the export of %s: %d of %d parts are read.", e.what, done, *s.TotalChunks)
	}
	return fmt.Sprintf("Tenable prepares the export of %s: %d parts are read.", e.what, done)
}
