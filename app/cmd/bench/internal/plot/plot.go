// Package plot draws latencies by load as an SVG, both on logarithmic axes.
package plot

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Plot is a picture. It has a background of its own, so that it can be read on any page.
type Plot struct {
	Title   string
	Caption []string // lines below the axes
	Series  []Series
}

// Series is a line for the p99, and a thin one for the p50.
type Series struct {
	Name   string
	Points []Point // by rising rate
}

// Point is the latency at a load.
type Point struct {
	Rate     float64 // requests a second
	P50, P99 time.Duration
}

// Sizes, in pixels.
const (
	width, height       = 860, 526
	left, right         = 84, 824 // of the axes
	top, bottom         = 98, 414
	belowAxis           = 22
	firstCaption        = 482
	captionLine         = 17
	legendLeft, legendY = left, 66
	keyWidth            = 136
	perLetter           = 7.4 // of the legend's font, about
)

// colours can be told apart by people who see some colours alike, too (Okabe and Ito).
var colours = []string{"#0072b2", "#d55e00", "#007a5a", "#cc79a7"}

//go:embed plot.svg
var text string

var picture = template.Must(template.New("plot").Parse(text))

// Write draws it.
func (p Plot) Write(out io.Writer) error {
	x, y, err := p.axes()
	if err != nil {
		return err
	}
	d := drawing{
		Title: p.Title, Width: width, Height: height, Left: left, Right: right, Top: top, Bottom: bottom,
		KeyX: right - keyWidth, KeyY: legendY, Middle: (left + right) / 2, Centre: (top + bottom) / 2, X: x.ticks(belowAxis, rate), Y: y.ticks(0, latency),
	}
	at := float64(legendLeft)
	for i, s := range p.Series {
		colour := colours[i%len(colours)]
		l := line{Colour: colour, Name: s.Name, LegendX: at, LegendY: legendY}
		for _, point := range s.Points {
			px := x.place(point.Rate)
			l.Dots = append(l.Dots, dot{px, y.place(point.P99.Seconds()), fmt.Sprintf("%s, %s a second: p99 %s, p50 %s", s.Name, rate(point.Rate), latency(point.P99.Seconds()), latency(point.P50.Seconds()))})
			l.P99 += fmt.Sprintf("%.1f,%.1f ", px, y.place(point.P99.Seconds()))
			l.P50 += fmt.Sprintf("%.1f,%.1f ", px, y.place(point.P50.Seconds()))
		}
		l.P99, l.P50 = strings.TrimSpace(l.P99), strings.TrimSpace(l.P50)
		d.Lines = append(d.Lines, l)
		at += 34 + perLetter*float64(len([]rune(s.Name))) + 22
	}
	for i, caption := range p.Caption {
		d.Caption = append(d.Caption, label{left, float64(firstCaption + i*captionLine), caption})
	}
	return picture.Execute(out, d)
}

type drawing struct {
	Title                                                               string
	Width, Height, Left, Right, Top, Bottom, Middle, Centre, KeyX, KeyY int
	X, Y                                                                []label
	Lines                                                               []line
	Caption                                                             []label
}

type label struct {
	At, TextAt float64
	Text       string
}

type line struct {
	Colour, Name, P50, P99 string
	LegendX, LegendY       float64
	Dots                   []dot
}

type dot struct {
	X, Y  float64
	Words string
}

// axis maps values to pixels.
type axis struct {
	low, high     float64
	first, second float64 // the pixels of both
}

// axes hold all points.
func (p Plot) axes() (x, y axis, err error) {
	x, y = axis{math.Inf(1), 0, left, right}, axis{math.Inf(1), 0, bottom, top}
	for _, s := range p.Series {
		for _, point := range s.Points {
			if point.Rate <= 0 || point.P50 <= 0 || point.P99 <= 0 {
				return x, y, fmt.Errorf("plot %s: %+v has no place on logarithmic axes", s.Name, point)
			}
			x.low, x.high = min(x.low, point.Rate), max(x.high, point.Rate)
			y.low, y.high = min(y.low, point.P50.Seconds()), max(y.high, point.P99.Seconds())
		}
	}
	if x.high == 0 {
		return x, y, fmt.Errorf("plot %s: there are no points", p.Title)
	}
	x.low, x.high = below(x.low), above(x.high)
	y.low, y.high = below(y.low), above(y.high)
	return x, y, nil
}

func (a axis) place(value float64) float64 {
	part := (math.Log(value) - math.Log(a.low)) / (math.Log(a.high) - math.Log(a.low))
	return math.Round(10*(a.first+part*(a.second-a.first))) / 10
}

// ticks are at 1, 2 and 5 times each power of ten.
func (a axis) ticks(textAt float64, words func(float64) string) (labels []label) {
	for value := a.low; value < a.high*1.001; value = next(value) {
		labels = append(labels, label{a.place(value), textAt, words(value)})
	}
	return labels
}

var steps = []float64{1, 2, 5, 10}

func next(value float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(value*1.001)))
	for _, s := range steps {
		if s*power > value*1.001 {
			return s * power
		}
	}
	return 10 * power
}

// below is the last tick that is not above the value.
func below(value float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(value*1.001)))
	last := power
	for _, s := range steps {
		if s*power <= value*1.001 {
			last = s * power
		}
	}
	return last
}

// above is the first tick above the value.
func above(value float64) float64 { return next(value * 0.998) }

func rate(perSecond float64) string {
	digits := strconv.FormatFloat(perSecond, 'f', 0, 64)
	if len(digits) > 3 {
		digits = digits[:len(digits)-3] + "," + digits[len(digits)-3:]
	}
	return digits
}

func latency(seconds float64) string {
	if seconds > 0.999 {
		return strconv.FormatFloat(seconds, 'g', 3, 64) + " s"
	}
	if seconds < 0.000999 {
		return strconv.FormatFloat(seconds*1e6, 'f', 0, 64) + " µs"
	}
	return strconv.FormatFloat(seconds*1000, 'g', 3, 64) + " ms"
}
