/** What drivers and programs write, and people do not. */
const jargon =
  /dial tcp|server selection|context (?:deadline|canceled)|deadline exceeded|topology kind|connection\(|connection refused|connection reset|broken pipe|i\/o timeout|no such host|lookup |\bEOF\b|\bSQL|goroutine|panic|exception|stack trace|\berrno\b|\{ ?\w+:|\b\d{1,3}(?:\.\d{1,3}){3}\b|:\d{4,5}\b/i;

/** Whether a text is a program's, and not for readers of the page. */
export const isTechnical = (text: string) => jargon.test(text);
