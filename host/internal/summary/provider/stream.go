package provider

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// longestEvent is the most bytes that one line of a stream may have.
const longestEvent = 1 << 20

// errNoEvents says that what was read are no server-sent events.
var errNoEvents = errors.New("it sends something else than events")

// events calls take with the data of each server-sent event, until it reports the end, fails,
// or the stream ends.
func events(from io.Reader, take func(data []byte) (ended bool, err error)) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 4096), longestEvent)
	var data []byte
	for lines.Scan() {
		line := bytes.TrimSuffix(lines.Bytes(), []byte("\r"))
		switch {
		case len(line) == 0:
			if len(data) == 0 {
				continue
			}
			ended, err := take(data)
			if ended || err != nil {
				return err
			}
			data = data[:0]
		case bytes.HasPrefix(line, []byte("data:")):
			if len(data) > 0 {
				data = append(data, '\n')
			}
			data = append(data, bytes.TrimPrefix(line[len("data:"):], []byte(" "))...)
		case line[0] == ':', bytes.HasPrefix(line, []byte("event:")), bytes.HasPrefix(line, []byte("id:")),
			bytes.HasPrefix(line, []byte("retry:")):
		default:
			return errNoEvents
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if len(data) > 0 { // the last event without the empty line behind it
		_, err := take(data)
		return err
	}
	return nil
}

// stream reads the events of one provider.
type stream interface {
	// take returns the text that an event adds, and whether it is the last event.
	take(data []byte, reply *Reply) (text string, ended bool, err error)
	// end returns the problem of a stream that is over without an answer.
	end() error
}

// chatStream reads the events of /v1/chat/completions.
type chatStream struct {
	request Request
	finish  string // why the model stopped; empty = it goes on
	began   bool
	last    bool // the event [DONE] came
}

func (s *chatStream) take(data []byte, reply *Reply) (string, bool, error) {
	if string(data) == "[DONE]" {
		s.last = true
		return "", true, nil
	}
	var chunk struct {
		Model   string          `json:"model"`
		Error   json.RawMessage `json:"error"`
		Choices []struct {
			Delta struct {
				Content string `json:"content"`
				Refusal string `json:"refusal"`
			} `json:"delta"`
			FinishReason string `json:"finish_reason"`
		} `json:"choices"`
		Usage *struct {
			Prompt     int `json:"prompt_tokens"`
			Completion int `json:"completion_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(data, &chunk); err != nil {
		return "", true, unreadable(s.request, "an event holds no JSON")
	}
	if len(chunk.Error) > 0 && string(chunk.Error) != "null" {
		return "", true, failedMidway(s.request, chunk.Error)
	}
	if chunk.Usage != nil {
		reply.InputTokens, reply.OutputTokens = chunk.Usage.Prompt, chunk.Usage.Completion
	}
	if chunk.Model != "" {
		reply.Model = chunk.Model
	}
	if len(chunk.Choices) == 0 {
		return "", false, nil
	}
	s.began = true
	choice := chunk.Choices[0]
	if choice.Delta.Refusal != "" {
		return "", true, declined(s.request)
	}
	if choice.FinishReason != "" {
		s.finish = choice.FinishReason
	}
	return choice.Delta.Content, false, nil
}

func (s *chatStream) end() error {
	switch {
	case s.finish == "length":
		return tokenLimit(s.request)
	case s.finish == "content_filter":
		return declined(s.request)
	case s.finish == "stop":
		return nil
	case s.finish != "":
		return unreadable(s.request, "the model stopped for the reason "+quoted(s.finish))
	case !s.began && !s.last:
		return cutOff(s.request, "before the answer began")
	}
	return cutOff(s.request, "in the middle of the answer")
}

// messagesStream reads the events of /v1/messages.
type messagesStream struct {
	request Request
	finish  string
	began   bool
	last    bool // the event message_stop came
}

func (s *messagesStream) take(data []byte, reply *Reply) (string, bool, error) {
	var event struct {
		Type    string `json:"type"`
		Message struct {
			Model string `json:"model"`
			Usage usage  `json:"usage"`
		} `json:"message"`
		Delta struct {
			Type       string `json:"type"`
			Text       string `json:"text"`
			StopReason string `json:"stop_reason"`
		} `json:"delta"`
		Usage usage           `json:"usage"`
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(data, &event); err != nil {
		return "", true, unreadable(s.request, "an event holds no JSON")
	}
	switch event.Type {
	case "message_start":
		s.began = true
		reply.Model, reply.InputTokens = event.Message.Model, event.Message.Usage.Input
	case "content_block_delta":
		if event.Delta.Type == "text_delta" {
			return event.Delta.Text, false, nil
		}
	case "message_delta":
		s.finish, reply.OutputTokens = event.Delta.StopReason, event.Usage.Output
	case "message_stop":
		s.last = true
		return "", true, nil
	case "error":
		return "", true, failedMidway(s.request, event.Error)
	case "":
		return "", true, unreadable(s.request, "an event has no type")
	}
	return "", false, nil // ping, and what later versions add
}

type usage struct {
	Input  int `json:"input_tokens"`
	Output int `json:"output_tokens"`
}

func (s *messagesStream) end() error {
	switch {
	case !s.began:
		return cutOff(s.request, "before the answer began")
	case !s.last:
		return cutOff(s.request, "in the middle of the answer")
	case s.finish == "max_tokens":
		return tokenLimit(s.request)
	case s.finish == "refusal":
		return declined(s.request)
	case s.finish == "end_turn", s.finish == "stop_sequence":
		return nil
	}
	return unreadable(s.request, "the model stopped for the reason "+quoted(s.finish))
}
