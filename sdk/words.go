package sdk

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
)

// ownWords returns what the answer to a refused request says in the vendor's own words, for
// the detail of its error: the message of a JSON error, the title of a web page, or the
// first line of a text. It is empty when the answer has none. A web page is named as one,
// with the firewall that the headers name, because a firewall answers with pages.
func ownWords(header http.Header, body []byte) string {
	text := strings.ToValidUTF8(string(body[:min(len(body), 4<<10)]), "")
	text = strings.TrimSpace(text)
	var object any
	switch {
	case text == "":
		return ""
	case strings.HasPrefix(text, "<"):
		return pageWords(header, text)
	case json.Unmarshal([]byte(text), &object) == nil:
		return Excerpt(messageIn(object, 3))
	case text[0] == '{' || text[0] == '[':
		return "" // part of a larger document
	}
	line, _, _ := strings.Cut(text, "\n")
	return Excerpt(line)
}

var pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

func pageWords(header http.Header, text string) string {
	words := "a web page"
	if found := pageTitle.FindStringSubmatch(text); found != nil {
		words += ` titled "` + Excerpt(strings.Join(strings.Fields(html.UnescapeString(found[1])), " ")) + `"`
	}
	if header.Get("Cf-Mitigated") != "" {
		words += ", from Cloudflare's firewall"
	}
	return words
}

// messageIn returns the first text that a JSON error uses for a message, to a depth.
func messageIn(value any, depth int) string {
	if list, isList := value.([]any); isList && len(list) > 0 {
		value = list[0]
	}
	object, isObject := value.(map[string]any)
	if !isObject || depth == 0 {
		text, _ := value.(string)
		return text
	}
	for _, name := range []string{
		"error_description", "message", "Message", "errorSummary", "detail", "error_message", "errorMessage", "description", "error", "errors",
		"errorMessages", "title", "reason", "meta", "Error",
	} {
		if text := messageIn(object[name], depth-1); text != "" {
			return text
		}
	}
	return ""
}
