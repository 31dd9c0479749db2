package dockerhost

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// daemon is a fake Docker daemon. It answers requests such as "GET /info" with JSON and
// records them. Any other request gets 404.
type daemon struct {
	answers map[string]string
	refuses int // if set, the status code of all answers
	asked   []string
}

var apiVersion = regexp.MustCompile(`^/v1\.\d+`)

func (d *daemon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_ping" {
		w.Header().Set("API-Version", "1.47")
		return
	}
	request := r.Method + " " + apiVersion.ReplaceAllString(r.URL.Path, "")
	query, _ := url.QueryUnescape(r.URL.RawQuery)
	d.asked = append(d.asked, strings.TrimSuffix(request+"?"+query, "?"))
	answer, ok := d.answers[request]
	w.Header().Set("Content-Type", "application/json")
	switch {
	case d.refuses != 0:
		w.WriteHeader(d.refuses)
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = w.Write([]byte(answer))
}

func (d *daemon) open(t *testing.T) *Engine {
	t.Helper()
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	t.Setenv("DOCKER_HOST", strings.Replace(server.URL, "http", "tcp", 1))
	engine, err := Open()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, engine.Close()) })
	return engine
}

func TestListsInOurOwnWords(t *testing.T) {
	d := &daemon{answers: map[string]string{
		"GET /containers/json": `[{"Id":"c1","Names":["/web/db","/t-mongos"],"Labels":{"k":"v"},"State":"running",
			"NetworkSettings":{"Networks":{"net":{"NetworkID":"n1"}}},
			"Mounts":[{"Type":"volume","Name":"t_data","Destination":"/data"},{"Type":"bind","Destination":"/etc/x"}],
			"Ports":[{"PrivatePort":1,"PublicPort":27017},{"PrivatePort":2}]},{"Id":"c2"}]`,
		"GET /networks":  `[{"Id":"n1","Name":"net","Labels":{"k":"v"}}]`,
		"GET /volumes":   `{"Volumes":[{"Name":"t_data","Labels":{"k":"v"}}]}`,
		"GET /system/df": `{"Volumes":[{"Name":"t_data","UsageData":{"Size":7}},{"Name":"busy","UsageData":{"Size":-1}},{"Name":"other"}]}`,
	}}
	engine, label := d.open(t), map[string]string{"k": "v"}
	on, err := engine.Contents(t.Context(), "k=v", "l=w")
	require.NoError(t, err)
	require.Equal(t, Contents{
		Containers: []Container{{
			ID: "c1", Name: "t-mongos", Labels: label, Status: "running", Networks: map[string]string{"net": "n1"},
			Volumes: map[string]string{"/data": "t_data"}, Ports: []int{27017},
		}, {ID: "c2", Networks: map[string]string{}, Volumes: map[string]string{}}},
		Networks: []Network{{ID: "n1", Name: "net", Labels: label}},
		Volumes:  []Volume{{Name: "t_data", Labels: label}},
	}, on)
	sizes, err := engine.VolumeSizes(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"t_data": 7}, sizes)
	const carrying = `filters={"label":{"k=v":true,"l=w":true}}`
	require.Equal(t, []string{"GET /containers/json?all=1&" + carrying, "GET /volumes?" + carrying, "GET /networks?" + carrying, "GET /system/df?type=volume"}, d.asked)
	for _, kind := range []string{"networks", "volumes", "containers"} {
		delete(d.answers, "GET /"+strings.Replace(kind, "containers", "containers/json", 1))
		_, err = engine.Contents(t.Context())
		require.ErrorContains(t, err, kind+": ")
	}
}

// Anonymous volumes are removed together with their container.
func TestWhatIsGoneIsRemoved(t *testing.T) {
	d := &daemon{}
	engine := d.open(t)
	remove := func() []error {
		d.asked = nil
		return []error{
			engine.Stop(t.Context(), "c1", 0), engine.Stop(t.Context(), "c1", 30*time.Second), engine.RemoveContainer(t.Context(), "c1"),
			engine.RemoveNetwork(t.Context(), "n1"), engine.RemoveVolume(t.Context(), "v1"),
		}
	}
	require.Equal(t, make([]error, 5), remove())
	require.Equal(t, []string{
		"POST /containers/c1/stop", "POST /containers/c1/stop?t=30", "DELETE /containers/c1?force=1&v=1", "DELETE /networks/n1", "DELETE /volumes/v1",
	}, d.asked)

	d.refuses = http.StatusInternalServerError
	require.NotContains(t, remove(), nil)
	d.refuses = http.StatusConflict
	require.NoError(t, engine.RemoveContainer(t.Context(), "c1"), "it is being removed")
	require.False(t, IsInUse(engine.RemoveNetwork(t.Context(), "n1")))
	d.refuses = http.StatusForbidden
	require.True(t, IsInUse(engine.RemoveNetwork(t.Context(), "n1")))
}

// A volume that is taken into use meanwhile stays.
func TestUnusedVolumesAreRemoved(t *testing.T) {
	d := &daemon{answers: map[string]string{"GET /volumes": `{"Volumes":[{"Name":"v1"},{"Name":"v2"}]}`}}
	require.NoError(t, d.open(t).RemoveUnusedVolumes(t.Context(), "k=v"))
	require.Equal(t, []string{`GET /volumes?filters={"dangling":{"true":true},"label":{"k=v":true}}`, "DELETE /volumes/v1", "DELETE /volumes/v2"}, d.asked)
}

func TestAHolderIsCreatedWithItsFiles(t *testing.T) {
	d := &daemon{answers: map[string]string{"POST /containers/create": `{"Id":"c1"}`, "PUT /containers/c1/archive": ""}}
	require.NoError(t, d.open(t).CreateHolder(t.Context(), Holder{Name: "h", Image: "i", Folder: "/run/secrets", Files: map[string]string{"key": "secret"}}))
	require.Equal(t, []string{
		"DELETE /containers/h?force=1&v=1", "POST /containers/create?name=h", "PUT /containers/c1/archive?noOverwriteDirNonDir=true&path=/run/secrets",
	}, d.asked)
}

func TestAContainerThatIsNotThere(t *testing.T) {
	engine := (&daemon{}).open(t)
	_, err := engine.State(t.Context(), "x")
	require.ErrorIs(t, err, ErrNoContainer)
	_, err = engine.Run(t.Context(), "x")
	require.ErrorIs(t, err, ErrNoContainer)
	_, err = engine.Tail(t.Context(), "x", 5)
	require.ErrorIs(t, err, ErrNoContainer)
	require.ErrorIs(t, engine.RepairDrift(t.Context(), "x", Declared{}), ErrNoContainer)
	_, err = engine.Dial(t.Context(), "x", "1")
	require.EqualError(t, err, "container x: no such container")
	has, err := engine.HasImage(t.Context(), "x")
	require.NoError(t, err)
	require.False(t, has)
}

func TestMemoryIsCountedWithoutThePageCache(t *testing.T) {
	d := &daemon{answers: map[string]string{}}
	engine := d.open(t)
	for stats, want := range map[string]uint64{`{"total_inactive_file":10}`: 100, `{"inactive_file":30}`: 80, `{"inactive_file":200}`: 110, `{}`: 110} {
		d.answers["GET /containers/c1/stats"] = `{"memory_stats":{"usage":110,"stats":` + stats + `}}`
		used, err := engine.Memory(t.Context(), "c1")
		require.NoError(t, err)
		require.Equal(t, want, used, stats)
	}
}
