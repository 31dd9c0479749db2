package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.uber.org/goleak"

	"speedscale/app/internal/catalog"
	"speedscale/app/internal/dependency"
	"speedscale/internal/testenv"
)

// together is the mongod that most tests of this package share, each with a database of
// its own.
var (
	together testenv.Shared
	common   *testenv.Process // nil before the first test that needs it
)

func shared(t *testing.T) *testenv.Process {
	t.Helper()
	if common == nil {
		common = testenv.Mongod(together.For(t))
	}
	return common
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(together.Of(m)) }

func open(t *testing.T, mongod *testenv.Process) *Store {
	t.Helper()
	return openDatabase(t, mongod, "speedscale")
}

func openDatabase(t *testing.T, mongod *testenv.Process, name string) *Store {
	t.Helper()
	s, err := Open("mongodb://"+mongod.Addr()+"/"+name, name, nil, dependency.Observer{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	return s
}

func filled(t *testing.T, products ...catalog.Product) *Store {
	t.Helper()
	s := openDatabase(t, shared(t), strings.NewReplacer("/", "-", ".", "-").Replace(t.Name()))
	t.Cleanup(func() { require.NoError(t, s.products.Database().Drop(context.Background())) })
	require.NoError(t, s.EnsureIndexes(t.Context()))
	if len(products) > 0 {
		require.NoError(t, s.Insert(t.Context(), products))
	}
	require.NoError(t, s.EnsurePairs(t.Context()))
	_, err := s.RestoreIndexes(t.Context())
	require.NoError(t, err)
	return s
}

func product(n int, name, category, brand string) catalog.Product {
	return catalog.Product{
		ID: catalog.ID(fmt.Sprintf("%024x", n)), Name: name, Category: category, Brand: brand, Price: float64(n), Rating: 4,
		CreatedAt: catalog.Time(time.Date(2025, 1, 1, 0, 0, n, 0, time.UTC)),
	}
}

// unknown counts nothing.
type unknown struct{}

func (unknown) Word(string) int             { return 0 }
func (unknown) Longer(string, int) []string { return nil }
func (unknown) Pair(string) int             { return 0 }
func (unknown) Products() int               { return 0 }
func (unknown) Head(string) int             { return 0 }

// many knows the words and takes all for frequent, so that searches walk the index.
type many struct {
	unknown
	words []string
}

func (m many) Word(word string) int {
	if slices.Contains(m.words, word) {
		return 1000
	}
	return 0
}

func (m many) Longer(beginning string, most int) []string {
	longer := slices.DeleteFunc(slices.Clone(m.words), func(w string) bool { return !strings.HasPrefix(w, beginning) })
	return longer[:min(len(longer), most)]
}

func (many) Pair(string) int { return 1000 }
func (many) Products() int   { return 1000 }

func manyOf(t *testing.T, s *Store) (m many) {
	t.Helper()
	require.NoError(t, s.Sample(t.Context(), 1000, func(p catalog.Product) {
		for _, term := range p.Terms() {
			m.words = append(m.words, catalog.Unsigned(term))
		}
	}))
	slices.Sort(m.words)
	m.words = slices.Compact(m.words)
	return m
}

func names(t *testing.T, s *Store, query string, page catalog.Page) []string {
	t.Helper()
	words := catalog.ParseQuery(query).Words()
	if len(words) == 0 {
		return []string{}
	}
	found, err := s.Search(t.Context(), catalog.NewPlan(words, unknown{}), page)
	require.NoError(t, err)
	walked, err := s.Search(t.Context(), catalog.NewPlan(words, manyOf(t, s)), page)
	require.NoError(t, err)
	require.Equal(t, found.Total, walked.Total)
	require.ElementsMatch(t, found.Products, walked.Products, "what is known of the counts must not change what a search finds")
	return namesOf(found.Products)
}

func namesOf(products []catalog.Product) []string {
	list := []string{}
	for _, p := range products {
		list = append(list, p.Name)
	}
	return list
}

func TestSearch(t *testing.T) {
	best := product(9, "Computer Best", "Computers", "Zen")
	best.InStock = true
	s := filled(t,
		product(1, "Silent Gaming Laptop", "Computers", "Café Noir"),
		product(2, "Laptop Sleeve", "Fashion", "Gaming Co"),
		product(3, "Laptops for all", "Books", "Nova"),
		product(4, "Computer Mouse", "Electronics", "Nova"),
		product(5, "Desk", "Home", "Computer"),
		product(6, "Laptopper", "Toys", "Zed"),
		best,
	)
	whole := catalog.Page{Number: 1, Size: 20}
	// The index of pairs makes searches fast, and must not make them other ones.
	for _, pairs := range []bool{true, false} {
		s.pairs.Store(pairs)
		for query, want := range map[string][]string{
			"gaming laptop": {"Silent Gaming Laptop", "Laptop Sleeve"}, // the thing before what is in the name and the brand
			"LAPTOP gaming": {"Silent Gaming Laptop", "Laptop Sleeve"},
			"laptop":        {"Silent Gaming Laptop", "Laptops for all", "Laptop Sleeve", "Laptopper"}, // things, names, beginnings
			"laptops":       {"Silent Gaming Laptop", "Laptops for all", "Laptop Sleeve"},
			"computer":      {"Computer Best", "Computer Mouse", "Silent Gaming Laptop", "Desk"}, // names, then brands and categories
			"comp":          {"Computer Best", "Silent Gaming Laptop", "Computer Mouse", "Desk"}, // beginnings only: rank, then id
			"computers":     {"Computer Best", "Computer Mouse", "Silent Gaming Laptop", "Desk"},
			"compute mou":   {"Computer Mouse"},
			"mou compute":   {"Computer Mouse"},
			"mice":          {"Computer Mouse"},
			"compost":       {},
			"cafe":          {"Silent Gaming Laptop"},
			"CAFÉ":          {"Silent Gaming Laptop"},
			"lap mou":       {},

			"silent gaming laptop":    {"Silent Gaming Laptop"},
			"gaming lap comp":         {"Silent Gaming Laptop"},
			"noir computer cafe gami": {"Silent Gaming Laptop"},
			"silent gaming mouse":     {},

			"s g l c n a b d e f h i j k m o p q r t": {},
			"si ga la co ca no":                       {"Silent Gaming Laptop"},
			"aptop":                                   {},
			".*":                                      {},
			"$where":                                  {},
		} {
			require.Equal(t, want, names(t, s, query, whole), query)
		}
	}
}

func TestIndexesAreMadeAgain(t *testing.T) {
	s := filled(t, product(1, "Silent Gaming Laptop", "Computers", "Nova"))
	whole := catalog.Page{Number: 1, Size: 20}
	restored, err := s.RestoreIndexes(t.Context())
	require.NoError(t, err)
	require.False(t, restored, "it is there")

	require.NoError(t, s.products.Indexes().DropOne(t.Context(), pairsIndex))
	require.Equal(t, []string{"Silent Gaming Laptop"}, names(t, s, "gaming laptop", whole), "searches do without it")
	restored, err = s.RestoreIndexes(t.Context())
	require.NoError(t, err)
	require.True(t, restored)
	require.True(t, s.pairs.Load())

	require.NoError(t, s.products.Indexes().DropOne(t.Context(), pairsIndex))
	require.NoError(t, s.products.Indexes().DropOne(t.Context(), indexedIndex))
	_, _, err = s.IndexMissing(t.Context(), 10)
	require.ErrorContains(t, err, "hint")
	restored, err = s.RestoreIndexes(t.Context())
	require.NoError(t, err)
	require.True(t, restored, "before anybody has looked for two words")
	_, _, err = s.IndexMissing(t.Context(), 10)
	require.NoError(t, err)

	require.NoError(t, s.DropPairs(t.Context()))
	require.NoError(t, s.DropPairs(t.Context()), "it is gone already")
	restored, err = s.RestoreIndexes(t.Context())
	require.NoError(t, err)
	require.False(t, restored, "nobody else dropped it")
}

func TestStockAndRatingMakeTheOrder(t *testing.T) {
	var list []catalog.Product
	for n, rating := range []float64{3, 4.6, 5, 4.7, 4.1} {
		p := product(n, "Lamp", "Home", "Nova")
		p.Rating, p.InStock, p.Brand = rating, n != 2, fmt.Sprint(rating)
		list = append(list, p)
	}
	s := filled(t, list...)
	found, err := s.Search(t.Context(), catalog.NewPlan([]string{"lamp"}, unknown{}), catalog.Page{Number: 1, Size: 20})
	require.NoError(t, err)
	var order []float64
	for _, p := range found.Products {
		order = append(order, p.Rating)
	}
	require.Equal(t, []float64{4.7, 4.6, 4.1, 3, 5}, order, "the last one is sold out")
}

// Pages must put together what one big page has, whatever their size and
// however the results are spread over the tiers.
func TestPagesDoNotOverlap(t *testing.T) {
	var list []catalog.Product
	for n := range 60 {
		name := []string{"Lamp %d", "Lamps %d", "Light %d"}[n%3]
		list = append(list, product(n, fmt.Sprintf(name, n), "Home", []string{"Lamp", "Nova"}[n%2]))
	}
	s := filled(t, list...)
	all := names(t, s, "lamp", catalog.Page{Number: 1, Size: 100})
	require.Len(t, all, 50)
	for _, size := range []int{1, 3, 7, 10, 20, 49, 50} {
		var pages []string
		for number := 1; number <= 50/size+2; number++ {
			pages = append(pages, names(t, s, "lamp", catalog.Page{Number: number, Size: size})...)
		}
		require.Equal(t, all, pages, "pages of %d", size)
	}
}

// Of very many words the documents tell: the gateway's memory is not for lists of
// as many clients as there are.
func TestManyWords(t *testing.T) {
	const name = "Able Baker Charlie Dog Easy Fox George How Item Jig King Love"
	s := filled(t, product(1, name, "Home", "Nova"), product(2, "Able Baker Charlie Dog Easy Fox George How Item Jig King", "Home", "Nova"))
	whole := catalog.Page{Number: 1, Size: 20}
	require.Equal(t, []string{name}, names(t, s, name, whole))
	require.Equal(t, []string{name}, names(t, s, "a b c d e f g h i j k l", whole))

	require.NoError(t, s.intersections.Acquire(t.Context(), intersections), "others search")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Search(ctx, catalog.NewPlan([]string{"able", "baker", "love"}, manyOf(t, s)), whole)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{name}, names(t, s, name, whole), "which waits for nobody")
	s.intersections.Release(intersections)
}

// Three words are found by what the index has of each two of them.
func TestPagesOfThreeWordsDoNotOverlap(t *testing.T) {
	var list []catalog.Product
	for n := range 150 {
		p := product(n, []string{"Red Lamp %d", "Lamp for Reds %d", "Light Lamp %d", "Lamp %d"}[n%4], "Home", []string{"Red Home", "Nova"}[n%2])
		p.Name, p.Rating, p.InStock = fmt.Sprintf(p.Name, n), float64(n%6), n%3 > 0
		list = append(list, p)
	}
	s := filled(t, list...)
	plan := catalog.NewPlan([]string{"red", "lamp", "home"}, manyOf(t, s))
	find := func(page catalog.Page) catalog.Results {
		found, err := s.Search(t.Context(), plan, page)
		require.NoError(t, err)
		return found
	}
	all := find(catalog.Page{Number: 1, Size: 150})
	require.Equal(t, 113, all.Total)
	require.Len(t, all.Products, 113)
	last := 0
	for _, p := range all.Products {
		tier := slices.IndexFunc(plan.Tiers, func(m catalog.Match) bool { return m.Has(slices.Concat(p.Terms(), p.Pairs())) })
		require.GreaterOrEqual(t, tier, last, p.Name)
		last = tier
	}
	for _, size := range []int{7, 20, 100} {
		var pages []catalog.Product
		for number := 1; number <= 113/size+2; number++ {
			page := find(catalog.Page{Number: number, Size: size})
			require.Equal(t, 113, page.Total)
			pages = append(pages, page.Products...)
		}
		require.Equal(t, all.Products, pages, "pages of %d", size)
	}
	s.pairs.Store(false)
	require.ElementsMatch(t, all.Products, find(catalog.Page{Number: 1, Size: 150}).Products)
}

// However many products match, a page must read few more index entries than
// it has products, and one of two words only what has both.
func TestSearchReadsOnlyThePage(t *testing.T) {
	list := []catalog.Product{product(5000, "Lamp", "Garden", "Nova"), product(5001, "Hose", "Home", "Nova")}
	for n := range 3000 {
		list = append(list, product(n, "Lamp", "Home", "Nova"))
	}
	s := filled(t, list...)
	known := manyOf(t, s)
	for _, words := range [][]string{{"lamp"}, {"lamp", "home"}, {"lamp", "hom"}, {"lamp", "home", "no"}, {"lamp", "garden"}, {"hose", "home"}, {"gar", "home"}} {
		plan := catalog.NewPlan(words, known)
		requireReads(t, s, rangeOf(plan.All, nil), 21)
		for _, m := range plan.Tiers {
			requireReads(t, s, rangeOf(m, nil), 21)
		}
	}
	requireReads(t, s, rangeOf(catalog.NewPlan([]string{"lamp", "zebra"}, known).All, nil), 0)
}

// And none is read to count them.
func TestProductsAreCountedByTheIndexAlone(t *testing.T) {
	var list []catalog.Product
	for n := range 50 {
		list = append(list, product(n, "Lamp", "Home", "Nova"))
	}
	s := filled(t, list...)
	known := manyOf(t, s)
	for _, words := range [][]string{{"lamp"}, {"lam"}, {"lamp", "home"}, {"lamp", "hom"}} {
		r := rangeOf(catalog.NewPlan(words, known).All, nil)
		n, err := s.count(t.Context(), r, 40)
		require.NoError(t, err)
		require.Equal(t, 40, n)
		var explained bson.Raw
		count := bson.D{
			{Key: "aggregate", Value: Collection},
			{Key: "cursor", Value: bson.D{}},
			{Key: "hint", Value: r.index},
			{Key: "pipeline", Value: bson.A{bson.D{{Key: "$match", Value: r.filter}}, bson.D{{Key: "$limit", Value: 40}}, bson.D{{Key: "$count", Value: "n"}}}},
		}
		err = s.products.Database().RunCommand(t.Context(), bson.D{{Key: "explain", Value: count}, {Key: "verbosity", Value: "executionStats"}}).Decode(&explained)
		require.NoError(t, err)
		require.Contains(t, explained.String(), `"totalDocsExamined": {"$numberInt":"0"}`, "%v", words)
	}
}

func requireReads(t *testing.T, s *Store, r indexRange, most int) {
	t.Helper()
	var explained struct {
		Stats struct {
			Keys int `bson:"totalKeysExamined"`
			Docs int `bson:"totalDocsExamined"`
		} `bson:"executionStats"`
	}
	find := bson.D{
		{Key: "find", Value: Collection},
		{Key: "filter", Value: r.filter},
		{Key: "sort", Value: order},
		{Key: "hint", Value: r.index},
		{Key: "limit", Value: 20},
		{Key: "singleBatch", Value: true},
	}
	err := s.products.Database().RunCommand(t.Context(), bson.D{{Key: "explain", Value: find}, {Key: "verbosity", Value: "executionStats"}}).Decode(&explained)
	require.NoError(t, err)
	require.LessOrEqual(t, explained.Stats.Docs, most)
}

func TestProduct(t *testing.T) {
	want := product(1, "Silent Gaming Laptop", "Computers", "Café Noir")
	s := filled(t, want)
	got, err := s.Product(t.Context(), want.ID)
	require.NoError(t, err)
	require.Equal(t, want.CreatedAt.String(), got.CreatedAt.String())
	got.CreatedAt = want.CreatedAt
	require.Equal(t, want, got)
	_, err = s.Product(t.Context(), "6b04ce395b8c8be3d7c0d2e3")
	require.ErrorIs(t, err, catalog.ErrNotFound)
}

func TestIndexesCanBeEnsuredAgain(t *testing.T) {
	s := open(t, testenv.Mongod(t))
	there, err := s.HasIndexes(t.Context())
	require.NoError(t, err)
	require.False(t, there)
	for range 2 {
		require.NoError(t, s.EnsureIndexes(t.Context()))
		require.NoError(t, s.CheckSearch(t.Context()))
		there, err = s.HasIndexes(t.Context())
		require.NoError(t, err)
		require.True(t, there)
	}
}

// Products that others wrote, an earlier gateway say, have no terms.
func TestProductsOfOthersBecomeSearchable(t *testing.T) {
	s := filled(t, product(1, "Lamp", "Home", "Nova"))
	foreign := bson.A{
		bson.D{{Key: "name", Value: "Café Lamp"}, {Key: "category", Value: "Home"}, {Key: "price", Value: 12}, {Key: "inStock", Value: true}},
		bson.D{{Key: "name", Value: "!!!"}},
		bson.D{ // of an earlier gateway
			{Key: "name", Value: "Hoses"},
			{Key: "terms", Value: bson.A{"=hoses", "h", "ho", "hos", "hose"}},
			{Key: "pairs", Value: bson.A{}},
			{Key: "rank", Value: 1},
		},
	}
	_, err := s.products.InsertMany(t.Context(), foreign)
	require.NoError(t, err)
	require.Equal(t, []string{"Lamp"}, names(t, s, "lamp", catalog.Page{Number: 1, Size: 20}))
	n, _, err := s.IndexMissing(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	n, _, err = s.IndexMissing(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	n, _, err = s.IndexMissing(t.Context(), 2)
	require.NoError(t, err)
	require.Zero(t, n, "one without words is not looked at for ever")
	require.Equal(t, []string{"Café Lamp", "Lamp"}, names(t, s, "lamp", catalog.Page{Number: 1, Size: 20}))
	require.Equal(t, []string{"Hoses"}, names(t, s, "hose", catalog.Page{Number: 1, Size: 20}))
}

// A server's first batch has 101 documents unless it is asked for more.
func TestManyProductsOfOthersAreTakenAtOnce(t *testing.T) {
	s := filled(t)
	var many []bson.D
	for n := range 700 {
		many = append(many, bson.D{{Key: "name", Value: fmt.Sprintf("Lamp %d", n)}})
	}
	_, err := s.products.InsertMany(t.Context(), many)
	require.NoError(t, err)
	for _, want := range []int{500, 200, 0} {
		n, _, err := s.IndexMissing(t.Context(), 500)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	found, err := s.Search(t.Context(), catalog.NewPlan([]string{"lamp"}, unknown{}), catalog.Page{Number: 1, Size: 100})
	require.NoError(t, err)
	require.Len(t, found.Products, 100)
	require.Equal(t, 700, found.Total)
}

func TestCount(t *testing.T) {
	s := open(t, testenv.Mongod(t))
	n, err := s.Count(t.Context())
	require.NoError(t, err)
	require.Zero(t, n, "of a collection that is not there")
	require.NoError(t, s.Insert(t.Context(), []catalog.Product{product(1, "Lamp", "Home", "Nova"), product(2, "Hose", "Garden", "Nova")}))
	n, err = s.Count(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, n)
}

func TestInsertLeavesWhatIsThere(t *testing.T) {
	first, second := product(1, "First", "Home", "Nova"), product(2, "Second", "Home", "Nova")
	s := filled(t, first)
	renamed := first
	renamed.Name = "Renamed"
	require.NoError(t, s.Insert(t.Context(), []catalog.Product{renamed, second}))
	got, err := s.Product(t.Context(), first.ID)
	require.NoError(t, err)
	require.Equal(t, "First", got.Name)
	n, err := s.CountBetween(t.Context(), first.ID, second.ID)
	require.NoError(t, err)
	require.Equal(t, 2, n)
}

func TestADeadServerIsUnavailableAndSoonAtOnce(t *testing.T) {
	mongod := testenv.Mongod(t)
	s := open(t, mongod)
	require.NoError(t, s.Ping(t.Context()))
	mongod.Stop()
	for range breakerFailures {
		_, err := s.Product(t.Context(), "6b04ce395b8c8be3d7c0d2e3")
		require.ErrorIs(t, err, catalog.ErrUnavailable)
	}
	_, err := s.Product(t.Context(), "6b04ce395b8c8be3d7c0d2e3")
	require.ErrorIs(t, err, catalog.ErrUnavailable)
	require.ErrorContains(t, err, "not asked for a moment")
}

// A store whose server has just been lost says so, for as long as it makes sense to
// ask again; and after the server was there, anew.
func TestAServerThatHangsMayBeBackInAMoment(t *testing.T) {
	mongod := testenv.Mongod(t)
	s := open(t, mongod)
	ask := func() error {
		_, err := s.Product(t.Context(), "6b04ce395b8c8be3d7c0d2e3")
		return err
	}
	for range 2 {
		require.ErrorIs(t, ask(), catalog.ErrNotFound)
		require.NoError(t, mongod.Signal(syscall.SIGSTOP))
		require.Eventually(t, func() bool { return errors.Is(ask(), catalog.ErrMoment) }, 10*time.Second, 10*time.Millisecond) // a stop takes the kernel a moment
		begin := time.Now()
		require.Eventually(t, func() bool {
			err := ask()
			return errors.Is(err, catalog.ErrUnavailable) && !errors.Is(err, catalog.ErrMoment)
		}, 30*time.Second, 50*time.Millisecond)
		require.GreaterOrEqual(t, time.Since(begin), moment-time.Second)
		require.NoError(t, mongod.Signal(syscall.SIGCONT))
		require.Eventually(t, func() bool { return errors.Is(ask(), catalog.ErrNotFound) }, 30*time.Second, 50*time.Millisecond)
	}
}

func TestAServerThatHangsIsUnavailable(t *testing.T) {
	mongod := testenv.Mongod(t)
	s := open(t, mongod)
	require.NoError(t, s.Ping(t.Context()))
	require.NoError(t, mongod.Signal(syscall.SIGSTOP))
	require.Eventually(t, func() bool { // a stop takes the kernel a moment
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Search(ctx, catalog.NewPlan([]string{"lamp"}, unknown{}), catalog.Page{Number: 1, Size: 20})
		return errors.Is(err, catalog.ErrUnavailable)
	}, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, mongod.Signal(syscall.SIGCONT))
	require.Eventually(t, func() bool { return s.Ping(t.Context()) == nil }, 10*time.Second, 50*time.Millisecond)
}
