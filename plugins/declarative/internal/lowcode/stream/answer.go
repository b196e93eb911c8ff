package stream

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/expression"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/writing"
)

// errors translates the error handlers into rules on answers, the first that matches first.
func (w *worker) errors() {
	v := w.requester.Get("error_handler")
	if !v.Set() {
		return
	}
	handlers := []manifest.Value{v}
	for i := 0; i < len(handlers); i++ {
		if handlers[i].Type() == "CompositeErrorHandler" {
			inner := handlers[i].Own("error_handlers").Items()
			handlers = append(append(append([]manifest.Value{}, handlers[:i]...), inner...), handlers[i+1:]...)
			i--
		}
	}
	for _, h := range handlers {
		w.at(h)
		w.known(h, "DefaultErrorHandler")
		wait := w.backoff(h)
		for _, filter := range h.Own("response_filters").Items() {
			w.rule(filter, wait)
		}
		if wait != "" && len(h.Own("response_filters").Items()) == 0 {
			w.out.Answers = append(w.out.Answers, writing.Pairs(h.Line(), "when", "status == 429", "is", "rate_limited", "wait", wait))
		}
	}
}

// backoff returns how long to wait, as an expression. What the SDK does by itself is "".
func (w *worker) backoff(h manifest.Value) string {
	for _, v := range h.Own("backoff_strategies").Items() {
		w.at(v)
		switch v.Type() {
		case "WaitTimeFromHeader", "WaitUntilTimeFromHeader":
			name := strings.ToLower(w.text(v.Get("header")))
			if name == "" || name == "retry-after" {
				continue
			}
			wait := "headers[" + expression.Quote(name) + "]"
			if pattern := v.Get("regex").Text(); pattern != "" {
				wait = part(wait, pattern)
			}
			return wait
		case "ConstantBackoffStrategy":
			if seconds := w.seconds(v.Get("backoff_time_in_seconds")); seconds != "" {
				return seconds
			}
		case "ExponentialBackoffStrategy": // as the SDK waits
		default:
			w.refuse(v, "%s has no translation", v.Type())
		}
	}
	return ""
}

// part reads a part of a header.
func part(header, pattern string) string {
	if !strings.Contains(pattern, "(") {
		pattern = "(" + pattern + ")"
	}
	return expression.Search(header, pattern).Source
}

// seconds returns a number of seconds as an expression.
func (w *worker) seconds(v manifest.Value) string {
	if n, err := strconv.ParseFloat(v.Text(), 64); err == nil {
		return strconv.Itoa(int(n + 0.999))
	}
	var c expression.CEL
	if finding.Attempt(func() { c = w.scene(v).Expression(v.Text()) }) != nil {
		return ""
	}
	return c.Value().Source
}

// rule translates a filter: an answer that its status, its message or its predicate names.
func (w *worker) rule(v manifest.Value, wait string) {
	w.at(v)
	w.known(v, "HttpResponseFilter")
	when := w.when(v)
	if when == "" {
		return
	}
	codes := w.codes(v)
	is := w.meaning(v, codes)
	o := writing.Pairs(v.Line(), "when", when, "is", is)
	if is == "rate_limited" || is == "retry" {
		o.Set("wait", wait)
	}
	if message := v.Get("error_message"); message.Set() && is != "empty" && is != "ignore" {
		s := w.scene(v)
		s.Response, s.Safe = true, true
		if err := finding.Attempt(func() { o.Set("message", s.Text(message.Text())) }); err != nil {
			w.Notes.Add(message.Line(), w.out.Name, "the message of an error is not in the file: %s", err.Error())
		}
	}
	if len(when)+len(fmt.Sprint(o.Values["message"])) > 80 {
		o.Flow = false
	}
	w.out.Answers = append(w.out.Answers, o)
}

// codes returns the statuses that a filter names.
func (w *worker) codes(v manifest.Value) (all []string) {
	list := v.Own("http_codes")
	for _, code := range list.Items() {
		all = append(all, code.Text())
	}
	if list.Set() && !list.IsList() {
		all = append(all, list.Text())
	}
	return all
}

func (w *worker) when(v manifest.Value) string {
	var ways []string
	switch codes := w.codes(v); len(codes) {
	case 0:
	case 1:
		ways = append(ways, "status == "+codes[0])
	default:
		ways = append(ways, "status in ["+strings.Join(codes, ", ")+"]")
	}
	if part := v.Get("error_message_contains").Text(); part != "" {
		ways = append(ways, "message(response).contains("+expression.Quote(part)+")")
	}
	if predicate := v.Get("predicate"); predicate.Text() != "" {
		s := w.scene(w.at(predicate))
		s.Response = true
		c := s.Condition(predicate.Text())
		if c.Source != "false" {
			ways = append(ways, c.At(expression.RankAnd))
		}
	}
	return strings.Join(ways, " || ")
}

// meaning returns the word of the language for the action of a filter.
func (w *worker) meaning(v manifest.Value, codes []string) string {
	has := func(code string) bool {
		for _, one := range codes {
			if one == code {
				return true
			}
		}
		return false
	}
	switch action := strings.ToUpper(v.Get("action").Text()); action {
	case "IGNORE":
		return "empty"
	case "SUCCESS":
		return "ignore"
	case "RATE_LIMITED":
		return "rate_limited"
	case "REFRESH_TOKEN_THEN_RETRY":
		return "unauthorized"
	case "RETRY":
		if has("429") || has("420") {
			return "rate_limited"
		}
		return "retry"
	case "FAIL", "":
		switch {
		case has("401"):
			return "unauthorized"
		case has("403"):
			return "permission"
		case has("402"):
			return "plan"
		case has("404"), has("410"):
			return "not_found"
		}
		return "config"
	default:
		w.refuse(v, "the action %s has no translation", action)
	}
	return ""
}
