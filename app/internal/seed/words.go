package seed

// department is a part of the shop.
type department struct {
	category string
	named    namer
	other    map[string]namer // of things that are named in another way
	brands   []string
	service  []string // what it does for its customers
	kinds    []kind   // the popular ones first
}

// kind is one kind of thing.
type kind struct {
	thing             string
	cheapest, dearest float64  // in the shop's currency
	uses              []string // the popular ones first
	about             []string
}

// Words that suit any product: of technical ones, and of all others.
var (
	technical = []string{
		"Adaptive", "Advanced", "Balanced", "Classic", "Clever", "Dynamic", "Eco", "Essential", "Fast", "Featherlight", "Flexible", "Infinite",
		"Intelligent", "Lightweight", "Modern", "Modular", "Nordic", "Optimised", "Premium", "Pure", "Quiet", "Rapid", "Refined", "Robust", "Silent",
		"Sleek", "Superior", "Turbo", "Ultra", "Urban", "Versatile", "Vivid",
	}
	everyday = []string{
		"Bold", "Bright", "Classic", "Cosy", "Eco", "Elegant", "Essential", "Everyday", "Fresh", "Gentle", "Handmade", "Lightweight", "Limited",
		"Luxury", "Midnight", "Modern", "Natural", "Nordic", "Premium", "Pure", "Refined", "Robust", "Simple", "Sturdy", "Timeless", "Urban",
		"Versatile", "Vivid",
	}
	colours = []string{"Black", "Navy", "Grey", "White", "Cream", "Olive", "Rust", "Red", "Teal", "Mustard", "Rose", "Sand", "Sky Blue", "Forest Green"}
)

// uses say what a use means for whoever has the thing.
var uses = map[string]string{
	"Adjustable":       "It adjusts to fit you in seconds.",
	"Annotated":        "Notes in the margin explain what the text takes for granted.",
	"Anti-Glare":       "A matt finish keeps reflections away.",
	"Bean to Cup":      "It grinds fresh beans for every cup.",
	"Beginner's":       "It starts from the beginning and takes nothing for granted.",
	"Bluetooth":        "It pairs over Bluetooth and remembers your devices.",
	"Business":         "Made for long days at work, in the office and on the train.",
	"Camping":          "Small enough for the rucksack, tough enough for the outdoors.",
	"Carbon":           "Carbon keeps it stiff and light.",
	"Cast Iron":        "Cast iron holds its heat for a long time.",
	"Casual":           "It goes with everything you already have.",
	"Ceramic":          "Ceramic is easy to clean and lasts for years.",
	"Charcoal":         "Charcoal gives the smoky taste that gas never does.",
	"City":             "At home on asphalt and cobbles alike.",
	"Collector's":      "A numbered edition in a slipcase.",
	"Compact":          "It takes up little room on a shelf or in a bag.",
	"Complete":         "Nothing was left out.",
	"Cordless":         "No cable to trip over: the battery does it all.",
	"Creator":          "With colours you can rely on, for pictures and film.",
	"Curved":           "The curve keeps the edges as clear as the middle.",
	"Developer":        "For people who keep many windows open at once.",
	"Digital":          "A clear display shows what it is doing.",
	"Dual Sim":         "Two numbers in one phone, for work and for home.",
	"Educational":      "Children learn while they play.",
	"Electric":         "Plug it in and it is ready, without fuel or fumes.",
	"Ergonomic":        "The shape follows your hand and spares your wrist.",
	"Extendable":       "It grows when you need more of it.",
	"Family":           "For the whole family.",
	"Fast":             "It charges most of the battery in half an hour.",
	"Foldable":         "It folds flat and stores away.",
	"Freestanding":     "It stands wherever you like, without tools.",
	"Gaming":           "Built for fast games and long evenings.",
	"Gas":              "Gas is hot in a moment and easy to control.",
	"HEPA":             "The HEPA filter keeps fine dust inside.",
	"Hanging":          "Hang it from a hook or a branch.",
	"Home Office":      "It does its work at home without a fuss.",
	"Hydrating":        "It keeps skin soft for the whole day.",
	"Illustrated":      "With pictures in colour on every other page.",
	"Indoor":           "Quiet and clean enough for the living room.",
	"Inkjet":           "It prints photos as well as letters.",
	"Instant":          "It is ready the moment you are.",
	"Ionic":            "Ions leave hair smooth and without static.",
	"Kids":             "Made with children in mind.",
	"Laser":            "Sharp pages, and a cartridge that lasts for thousands of them.",
	"Leather":          "Real leather gets better with the years.",
	"Linen":            "Linen stays cool on hot days.",
	"Magnetic":         "Magnets hold it in place with a click.",
	"Manual":           "No battery and no cable: you are the motor.",
	"Matt":             "The matt finish hides fingerprints.",
	"Mechanical":       "Mechanical keys give a clear answer to every stroke.",
	"Mini":             "The smallest of its kind, and no less able.",
	"Mirrorless":       "Without a mirror it is small, quick and silent.",
	"Mountain":         "For roots, rocks and steep ways down.",
	"Musical":          "It plays songs that even parents can bear.",
	"Noise Cancelling": "The noise around you is gone at the press of a button.",
	"Non-Stick":        "Nothing sticks, so it is clean with one wipe.",
	"Organic":          "All of it comes from certified organic farms.",
	"Outdoor":          "Rain and dust do it no harm.",
	"Party":            "Bring it out when friends come round.",
	"Plush":            "Soft enough to fall asleep with.",
	"Pocket":           "It fits a coat pocket.",
	"Portable":         "Light enough to take along every day.",
	"Professional":     "What the professionals use, for your home.",
	"Prize-Winning":    "Readers and critics agree for once.",
	"Racing":           "Every gram that could go is gone.",
	"Rechargeable":     "A full battery lasts for weeks.",
	"Remote Control":   "It goes where you steer it, up to 50 metres away.",
	"Road":             "Fast on smooth roads, light on every climb.",
	"Robot":            "It does the work while you are out.",
	"Rugged":           "It survives drops, dust and half an hour under water.",
	"Running":          "It follows your pace and stays in place.",
	"Rustic":           "Rough wood and honest joints.",
	"Senior":           "Large letters and a button for help.",
	"Sensitive":        "Without perfume, for skin that is easily upset.",
	"Skinny":           "Cut close, with enough stretch to move.",
	"Slim":             "So slim and light that you forget it is there.",
	"Slim Fit":         "Cut close to the body without being tight.",
	"Smart":            "It talks to your phone and updates itself.",
	"Solar":            "The sun charges it by day, free of cost.",
	"Sports":           "Sweat, rain and speed do not bother it.",
	"Stainless Steel":  "Stainless steel keeps its looks for years.",
	"Steel":            "Steel makes it strong enough for every day.",
	"Student":          "A fair price, and enough for every lecture.",
	"Studio":           "True sound, as it was recorded.",
	"Summer":           "Light enough for the hottest days.",
	"Team":             "The whole team trains with it.",
	"Tempered Glass":   "Tempered glass takes the knocks for your screen.",
	"Trail":            "Deep tread for mud, roots and stones.",
	"Training":         "For every day of your training plan.",
	"Transparent":      "You see what it protects.",
	"Travel":           "It packs small and weighs next to nothing.",
	"USB":              "One cable for everything on your desk.",
	"Vegan":            "Nothing in it comes from animals.",
	"Vertical":         "Held upright, the way your hand rests.",
	"Vintage":          "It looks as if it had a story to tell.",
	"Warm White":       "Its light is as warm as a candle's.",
	"Waterproof":       "Water does it no harm.",
	"Winter":           "Made for frost, snow and short days.",
	"Wireless":         "No cable gets in your way.",
	"Wooden":           "Solid wood from managed forests, finished with oil.",
	"Wool":             "Wool keeps you warm, even when it is wet.",
}

var (
	techService   = []string{"Two-year warranty.", "Three-year warranty, with repairs at your door.", "Updates for at least five years.", "Spare parts for ten years."}
	phoneService  = []string{"Two-year warranty.", "Three-year warranty.", "Sent the same day.", "Free returns within 30 days."}
	homeService   = []string{"Two-year warranty.", "Spare parts for ten years.", "Return it within 60 days if you do not like it.", "Delivered ready to use."}
	sportService  = []string{"Two-year warranty.", "Free returns within 30 days.", "Tested by our own team.", "Spare parts for ten years."}
	wearService   = []string{"Free returns within 30 days.", "Made in Portugal.", "Repaired free of charge for two years.", "Packed without plastic."}
	beautyService = []string{"Not tested on animals.", "In recycled packaging.", "Free returns within 30 days.", "Recommended by professionals."}
	bookService   = []string{"Hardback, with a ribbon.", "Paperback, printed on recycled paper.", "Also as an e-book.", "Second edition."}
)

var departments = []department{
	{
		category: "Computers", named: byModel, service: techService,
		brands: []string{"Aurora Labs", "Contoso", "Corvus", "Fabrikam", "Ironbridge", "Kestrel", "Lumen", "Northwind", "Quasar", "Tailspin", "Vanguard", "Zephyr"},
		kinds: []kind{
			{"Laptop", 449, 2600, []string{"Gaming", "Business", "Student", "Developer", "Creator", "Travel"}, []string{"A laptop with a 14-inch display and a battery for the whole day.", "A laptop that wakes in a second and stays cool.", "A laptop with a bright 16-inch screen and quiet fans."}},
			{"Desktop Computer", 399, 2900, []string{"Gaming", "Business", "Home Office", "Creator", "Developer", "Mini"}, []string{"A computer for your desk with room for more memory and disks.", "A complete computer: set it up in ten minutes."}},
			{"Monitor", 119, 1200, []string{"Gaming", "Curved", "Business", "Creator", "Anti-Glare", "Portable"}, []string{"A 27-inch monitor with a stand that turns and tilts.", "A sharp 32-inch screen that is kind to the eyes."}},
			{"Keyboard", 24, 220, []string{"Gaming", "Mechanical", "Wireless", "Compact", "Ergonomic", "Business"}, []string{"A keyboard with quiet keys and a light behind each of them.", "A full keyboard with number pad and volume wheel."}},
			{"Mouse", 12, 130, []string{"Gaming", "Wireless", "Ergonomic", "Vertical", "Travel"}, []string{"A mouse that glides on any desk, even on glass.", "A mouse with six buttons and a wheel that runs free."}},
			{"Docking Station", 59, 340, []string{"USB", "Business", "Travel", "Compact"}, []string{"Two screens, network and power through one plug.", "A dock that turns your laptop into a desktop."}},
			{"Graphics Card", 219, 1900, []string{"Gaming", "Creator", "Compact", "Developer"}, []string{"A graphics card with 12 GB of memory and three quiet fans.", "Smooth pictures in every game, with two slots and little noise."}},
			{"Tablet", 129, 1300, []string{"Student", "Creator", "Kids", "Business", "Travel"}, []string{"A tablet with an 11-inch screen and a pen.", "A tablet for reading, drawing and films."}},
			{"Printer", 79, 520, []string{"Laser", "Inkjet", "Home Office", "Portable", "Wireless"}, []string{"A printer that also copies and scans.", "A printer with a paper tray for 250 sheets."}},
			{"Webcam", 29, 210, []string{"Business", "Creator", "USB", "Compact"}, []string{"A webcam with a sharp picture and a cover for the lens.", "A webcam that keeps your face in focus in any light."}},
		},
	},
	{
		category: "Electronics", named: byModel, service: techService,
		brands: []string{"Aurora Labs", "Bläck", "Castellan", "Galvani", "Halcyon", "Hoshi 星", "Kōyō", "Larkspur", "Lumen", "Nova", "Orbit", "Xenon"},
		kinds: []kind{
			{"Headphones", 29, 420, []string{"Wireless", "Bluetooth", "Noise Cancelling", "Studio", "Gaming", "Kids"}, []string{"Headphones with soft cushions and a long, clear sound.", "Closed headphones that sit lightly for hours."}},
			{"Earbuds", 19, 280, []string{"Wireless", "Bluetooth", "Noise Cancelling", "Sports", "Waterproof"}, []string{"Earbuds with a case that charges them four times.", "Small earbuds that stay in place when you run."}},
			{"Speaker", 25, 480, []string{"Bluetooth", "Portable", "Smart", "Waterproof", "Party", "Wireless"}, []string{"A speaker with deep bass and twelve hours of music.", "A speaker that fills the room from a shelf."}},
			{"Soundbar", 89, 900, []string{"Wireless", "Bluetooth", "Compact", "Smart"}, []string{"A soundbar that makes every word of a film clear.", "A slim soundbar for under your television, with a subwoofer."}},
			{"Radio", 24, 260, []string{"Digital", "Portable", "Solar", "Vintage", "Outdoor"}, []string{"A radio with digital stations and an alarm.", "A kitchen radio with a warm sound."}},
			{"Projector", 119, 1900, []string{"Portable", "Smart", "Laser", "Business", "Mini"}, []string{"A projector that throws a picture of three metres.", "A bright projector that needs no dark room."}},
			{"Power Bank", 15, 120, []string{"Fast", "Portable", "Solar", "Magnetic", "Slim"}, []string{"A power bank that fills your phone five times.", "20,000 mAh and three ports in the size of a book."}},
			{"Microphone", 35, 380, []string{"Studio", "USB", "Wireless", "Gaming", "Portable"}, []string{"A microphone with a stand that keeps out knocks.", "A microphone for calls, podcasts and songs."}},
			{"Television", 229, 2600, []string{"Smart", "Curved", "Gaming", "Outdoor", "Slim"}, []string{"A 55-inch television with deep blacks and natural colours.", "A 43-inch television with all the usual apps."}},
			{"Camera", 149, 2400, []string{"Digital", "Mirrorless", "Instant", "Waterproof", "Travel"}, []string{"A camera with a screen that turns and a fast focus.", "A camera that makes sharp pictures in the evening, too."}},
		},
	},
	{
		category: "Phones", named: byModel, service: phoneService,
		brands: []string{"Castellan", "Contoso", "Danbury", "Greyhound", "Hoshi 星", "Kestrel", "Litware", "Nova", "Onda", "Orbit", "Wingtip", "Xenon"},
		kinds: []kind{
			{"Smartphone", 149, 1500, []string{"Dual Sim", "Rugged", "Foldable", "Compact", "Senior", "Gaming"}, []string{"A smartphone with a 6.1-inch screen and three cameras.", "A smartphone with a battery for two days."}},
			{"Phone Case", 9, 59, []string{"Leather", "Transparent", "Rugged", "Magnetic", "Slim", "Waterproof"}, []string{"A case that takes the fall instead of your phone.", "A case with raised edges around screen and camera."}},
			{"Screen Protector", 7, 39, []string{"Tempered Glass", "Matt", "Anti-Glare", "Slim"}, []string{"A protector that goes on without bubbles.", "Two protectors, with a frame that lines them up."}},
			{"Phone Holder", 9, 69, []string{"Magnetic", "Adjustable", "Foldable", "Wireless"}, []string{"A holder for the car that grips with one hand.", "A holder for the desk that tilts as you like."}},
			{"Smartwatch", 69, 620, []string{"Sports", "Running", "Senior", "Slim", "Waterproof", "Kids"}, []string{"A smartwatch that counts steps, sleep and heartbeats.", "A watch that shows your messages and pays at the till."}},
			{"Charging Cable", 7, 45, []string{"Fast", "Magnetic", "USB", "Travel"}, []string{"A braided cable of two metres.", "A cable that bends ten thousand times."}},
			{"Headset", 19, 240, []string{"Bluetooth", "Business", "Gaming", "Wireless", "Noise Cancelling"}, []string{"A headset with a microphone that swings out of the way.", "A light headset for long calls."}},
			{"Charger", 12, 89, []string{"Fast", "Wireless", "Travel", "Compact", "Solar"}, []string{"A charger for three devices at once.", "A small charger with enough power for a laptop."}},
		},
	},
	{
		category: "Home & Kitchen", named: byColour, service: homeService,
		brands: []string{"Acorn & Oak", "Ångström", "Bläck", "Brightwater", "Café Noir", "Cedar Hill", "Élan", "Fjällbo", "Foxglove", "Oakridge", "Piñon", "Smørrebrød"},
		kinds: []kind{
			{"Espresso Machine", 119, 1900, []string{"Bean to Cup", "Compact", "Stainless Steel", "Manual", "Professional"}, []string{"An espresso machine with 15 bar and a wand for milk.", "It makes an espresso with a thick crema in half a minute."}},
			{"Kettle", 19, 160, []string{"Electric", "Stainless Steel", "Ceramic", "Camping", "Cordless"}, []string{"A kettle that boils a litre in three minutes.", "A kettle with a narrow spout for coffee and tea."}},
			{"Blender", 29, 480, []string{"Professional", "Compact", "Cordless", "Family"}, []string{"A blender that crushes ice and frozen fruit.", "A blender with a jug of 1.5 litres."}},
			{"Toaster", 19, 180, []string{"Stainless Steel", "Family", "Compact", "Vintage"}, []string{"A toaster with two wide slots and a rack for rolls.", "A toaster that browns evenly on both sides."}},
			{"Frying Pan", 17, 170, []string{"Non-Stick", "Cast Iron", "Ceramic", "Stainless Steel"}, []string{"A pan of 28 cm for every hob, induction too.", "A pan with a handle that stays cool."}},
			{"Knife Set", 29, 420, []string{"Stainless Steel", "Professional", "Ceramic", "Camping"}, []string{"Five kitchen knives in a block.", "A chef's knife, a bread knife and a paring knife."}},
			{"Vacuum Cleaner", 79, 780, []string{"Cordless", "Robot", "HEPA", "Compact"}, []string{"A vacuum cleaner for carpets and hard floors.", "Strong suction, and a bin that empties with one click."}},
			{"Air Fryer", 49, 320, []string{"Family", "Compact", "Digital", "Stainless Steel"}, []string{"Crisp chips with a spoonful of oil.", "An air fryer with a basket of five litres."}},
			{"Table Lamp", 15, 210, []string{"Ceramic", "Adjustable", "Rechargeable", "Vintage", "Wooden"}, []string{"A lamp for the desk or the bedside, with a dimmer.", "A lamp with a fabric shade and a warm light."}},
			{"Crème Brûlée Torch", 15, 69, []string{"Professional", "Rechargeable", "Gas", "Compact"}, []string{"A torch for a golden crust in seconds.", "A kitchen torch with a flame that you can set."}},
		},
	},
	{
		category: "Sports", named: byColour, service: sportService,
		brands: []string{"Eastwind", "Fjällbo", "Greyhound", "Harrow", "Jökull", "Juniper", "Meridian", "Palisade", "Pioneer", "Redwood", "Solstice", "Vanguard"},
		kinds: []kind{
			{"Running Shoes", 49, 210, []string{"Trail", "Road", "Racing", "Training", "Winter"}, []string{"Running shoes with a soft heel and a firm grip.", "Light shoes for the first kilometre and the last."}},
			{"Yoga Mat", 15, 110, []string{"Non-Stick", "Travel", "Organic", "Foldable"}, []string{"A mat of 6 mm that does not slip.", "A mat with a strap to carry it by."}},
			{"Dumbbell", 9, 290, []string{"Adjustable", "Cast Iron", "Training", "Compact"}, []string{"A pair of dumbbells with a sure grip.", "A dumbbell that does not roll away."}},
			{"Bicycle", 249, 3200, []string{"Electric", "Mountain", "Road", "City", "Foldable", "Kids"}, []string{"A bicycle with disc brakes and ten gears.", "A bicycle with lights, mudguards and a rack."}},
			{"Football", 12, 130, []string{"Training", "Team", "Indoor", "Kids"}, []string{"A football that keeps its shape and its pressure.", "A ball in the official size, sewn by hand."}},
			{"Tennis Racket", 24, 270, []string{"Carbon", "Training", "Racing", "Kids"}, []string{"A racket with a large sweet spot.", "A racket that comes strung, with a cover."}},
			{"Ski Goggles", 25, 230, []string{"Racing", "Magnetic", "Kids", "Anti-Glare"}, []string{"Goggles with a wide view that do not fog.", "Goggles that fit over glasses and a helmet."}},
			{"Rowing Machine", 199, 1700, []string{"Foldable", "Compact", "Wooden", "Training"}, []string{"A rowing machine that trains the whole body.", "A quiet rowing machine with a clear display."}},
			{"Helmet", 29, 260, []string{"City", "Mountain", "Road", "Kids", "Winter"}, []string{"A helmet with many vents and a dial for the fit.", "A light helmet that meets the latest standard."}},
		},
	},
	{
		category: "Fashion", named: byColour, service: wearService,
		brands: []string{"Acorn & Oak", "Castellan", "Élan", "Foxglove", "Halcyon", "Juniper", "Larkspur", "Marlowe", "Monarch", "Nuñez", "Rosenthal", "Sable"},
		kinds: []kind{
			{"Jacket", 49, 420, []string{"Leather", "Winter", "Waterproof", "Casual", "Vintage"}, []string{"A jacket with four pockets and a high collar.", "A jacket for cool evenings."}},
			{"Jeans", 35, 180, []string{"Slim Fit", "Skinny", "Casual", "Vintage"}, []string{"Jeans of heavy cotton with five pockets.", "Jeans that keep their shape after many washes."}},
			{"Dress", 29, 290, []string{"Summer", "Linen", "Casual", "Party", "Vintage"}, []string{"A dress that falls softly to the knee.", "A dress with pockets, for the office and for after."}},
			{"Sneakers", 39, 190, []string{"Casual", "Leather", "Vegan", "Sports"}, []string{"Sneakers with a cushioned sole.", "Plain sneakers for every day."}},
			{"Backpack", 29, 230, []string{"Travel", "Business", "Leather", "Waterproof", "Kids"}, []string{"A backpack of 25 litres with a sleeve for a laptop.", "A backpack with a wide opening and padded straps."}},
			{"Belt", 15, 110, []string{"Leather", "Vegan", "Casual", "Business"}, []string{"A belt with a plain buckle, 35 mm wide.", "A belt that can be shortened at home."}},
			{"Scarf", 12, 140, []string{"Wool", "Linen", "Winter", "Summer"}, []string{"A scarf that is long enough to wrap twice.", "A soft scarf with fringes."}},
			{"Sunglasses", 15, 260, []string{"Sports", "Vintage", "Slim", "Kids"}, []string{"Sunglasses that keep out all ultraviolet light.", "Sunglasses with a light frame and a case."}},
			{"Shirt", 19, 140, []string{"Slim Fit", "Linen", "Casual", "Business", "Summer"}, []string{"A shirt that needs little ironing.", "A shirt with long sleeves and a button-down collar."}},
			{"Wallet", 15, 130, []string{"Leather", "Slim", "Vegan", "Travel"}, []string{"A wallet for eight cards, notes and coins.", "A wallet that fits the front pocket."}},
		},
	},
	{
		category: "Books", named: bySubject, service: bookService,
		brands: []string{"Cedar Hill", "Harrow", "Łódka", "Marlowe", "Onda", "Quill", "Ravenna", "Straße 9", "Thistle", "Umbra", "Verity", "Zürich Works"},
		kinds: []kind{
			{"Cookbook", 9, 55, []string{"Illustrated", "Beginner's", "Vegan", "Family", "Complete"}, []string{"A hundred recipes that work, with a shopping list for each.", "Recipes for every day of the week."}},
			{"Atlas", 19, 110, []string{"Illustrated", "Pocket", "Kids", "Complete"}, []string{"An atlas with 120 maps and an index.", "Maps, flags and figures, brought up to date."}},
			{"Novel", 7, 32, []string{"Prize-Winning", "Illustrated", "Pocket", "Collector's"}, []string{"A novel that is hard to put down.", "A story of two families and one secret."}},
			{"Dictionary", 12, 69, []string{"Illustrated", "Pocket", "Beginner's", "Complete"}, []string{"60,000 words with examples.", "A dictionary with pronunciation and a short grammar."}},
			{"Biography", 9, 42, []string{"Illustrated", "Annotated", "Prize-Winning", "Complete"}, []string{"A life told from letters and diaries.", "The first biography that had all the papers to work from."}},
			{"Travel Guide", 9, 34, []string{"Illustrated", "Pocket", "Family", "Complete"}, []string{"Where to stay, what to see and how to get there.", "Ten routes, with maps and opening times."}},
			{"Comic", 6, 36, []string{"Collector's", "Kids", "Pocket", "Complete"}, []string{"Six episodes in one volume.", "A comic for children and for those who were."}},
			{"Poetry Collection", 7, 38, []string{"Annotated", "Illustrated", "Pocket", "Collector's"}, []string{"Poems from four centuries.", "Short poems for long evenings."}},
		},
	},
	{
		category: "Toys", named: byColour, service: homeService,
		brands: []string{"Acorn & Oak", "Brightwater", "Cedar Hill", "Foxglove", "Hoshi 星", "Juniper", "Larkspur", "Orbit", "Piñon", "Quill", "Tamarack", "Thistle"},
		kinds: []kind{
			{"Train Set", 19, 260, []string{"Wooden", "Electric", "Magnetic", "Educational"}, []string{"A train with three wagons and four metres of track.", "A train set with a bridge, a station and a crossing."}},
			{"Puzzle", 8, 59, []string{"Wooden", "Educational", "Magnetic", "Family"}, []string{"A puzzle with 500 pieces.", "A puzzle with large pieces for small hands."}},
			{"Building Blocks", 15, 190, []string{"Wooden", "Magnetic", "Educational", "Kids"}, []string{"120 blocks in a box with wheels.", "Blocks that fit those you already have."}},
			{"Robot", 25, 290, []string{"Remote Control", "Educational", "Solar", "Kids"}, []string{"A robot to build and to program.", "A robot that walks, dances and answers."}},
			{"Dinosaur", 9, 89, []string{"Plush", "Remote Control", "Wooden", "Musical"}, []string{"A dinosaur that moves its head and tail.", "A friendly dinosaur, half a metre long."}},
			{"Board Game", 15, 85, []string{"Family", "Party", "Educational", "Travel"}, []string{"A game for two to six players, in 45 minutes.", "Easy to learn, and different every time."}},
			{"Drone", 39, 820, []string{"Mini", "Foldable", "Remote Control", "Kids"}, []string{"A drone with a camera that holds its place in the wind.", "A drone that starts, lands and comes home at a button."}},
			{"Doll House", 29, 260, []string{"Wooden", "Foldable", "Vintage", "Kids"}, []string{"A doll house with five rooms and a lift.", "A doll house with furniture for every room."}},
		},
	},
	{
		category: "Garden", named: byColour, service: homeService,
		brands: []string{"Brightwater", "Cedar Hill", "Eastwind", "Foxglove", "Ironbridge", "Juniper", "Oakridge", "Redwood", "Solstice", "Tamarack", "Thistle", "Wolverhampton"},
		kinds: []kind{
			{"Lawn Mower", 89, 1900, []string{"Electric", "Cordless", "Robot", "Manual"}, []string{"A mower with a box of 40 litres and six heights.", "A mower for lawns of up to 400 square metres."}},
			{"Hose", 15, 120, []string{"Extendable", "Outdoor", "Professional", "Compact"}, []string{"A hose of 20 metres that does not kink.", "A hose with a spray gun and seven patterns."}},
			{"Chair", 19, 280, []string{"Foldable", "Wooden", "Steel", "Rustic"}, []string{"A garden chair that stays out in the rain.", "A chair with armrests and a high back."}},
			{"Barbecue", 49, 1400, []string{"Gas", "Charcoal", "Electric", "Portable"}, []string{"A barbecue with a lid, a thermometer and a shelf.", "A barbecue for six people."}},
			{"Greenhouse", 79, 1900, []string{"Wooden", "Steel", "Mini", "Freestanding"}, []string{"A greenhouse of six square metres with two windows.", "A greenhouse for tomatoes and seedlings."}},
			{"Hedge Trimmer", 49, 340, []string{"Electric", "Cordless", "Manual", "Extendable"}, []string{"A trimmer with a blade of 55 cm.", "A light trimmer for hedges and bushes."}},
			{"Planter", 9, 160, []string{"Hanging", "Rustic", "Ceramic", "Wooden"}, []string{"A planter with a hole that lets the water out.", "A planter for herbs, flowers or a small tree."}},
			{"String Lights", 12, 89, []string{"Solar", "Outdoor", "Warm White", "Party"}, []string{"Ten metres with a hundred lights.", "Lights for the balcony, with a timer."}},
		},
	},
	{
		category: "Beauty", named: byColour, service: beautyService,
		other:  map[string]namer{"Face Cream": bySize, "Shampoo": bySize, "Perfume": bySize, "Sunscreen": bySize},
		brands: []string{"Brightwater", "Café Noir", "Élan", "Foxglove", "Halcyon", "Jökull", "Larkspur", "Marlowe", "Rosenthal", "Sable", "Solstice", "Yellowtail"},
		kinds: []kind{
			{"Hair Dryer", 19, 340, []string{"Ionic", "Travel", "Professional", "Foldable"}, []string{"A hair dryer with three heats and a cold button.", "A quiet hair dryer with two nozzles."}},
			{"Face Cream", 8, 120, []string{"Hydrating", "Organic", "Sensitive", "Vegan"}, []string{"A cream for day and night.", "A light cream that leaves no shine."}},
			{"Shampoo", 5, 39, []string{"Organic", "Sensitive", "Hydrating", "Vegan"}, []string{"A shampoo for every day.", "A shampoo with camomile and oats."}},
			{"Razor", 7, 190, []string{"Electric", "Sensitive", "Travel", "Vintage"}, []string{"A razor with three blades and a firm handle.", "A close shave without a scratch."}},
			{"Perfume", 19, 190, []string{"Summer", "Vegan", "Travel", "Sensitive"}, []string{"A perfume of cedar, orange and rain.", "A fresh perfume that lasts until the evening."}},
			{"Lipstick", 6, 52, []string{"Matt", "Hydrating", "Vegan", "Waterproof"}, []string{"A lipstick that lasts for eight hours.", "A lipstick with full colour in one stroke."}},
			{"Toothbrush", 4, 190, []string{"Electric", "Kids", "Sensitive", "Travel"}, []string{"A toothbrush with soft bristles and a timer.", "A toothbrush that reaches the back teeth."}},
			{"Sunscreen", 7, 48, []string{"Kids", "Sports", "Sensitive", "Waterproof"}, []string{"Factor 50, without white streaks.", "A sunscreen that is dry in a minute."}},
		},
	},
}

// subjects are what books are about.
var subjects = map[string][]string{
	"Cookbook":          {"Soups", "Bread", "One-Pot Dinners", "Pasta", "Curries", "Cakes", "Salads", "Tapas", "Breakfast", "Preserves", "Fish", "Street Food"},
	"Atlas":             {"The World", "Europe", "The Oceans", "The Night Sky", "Africa", "Asia", "The Americas", "Islands", "Rivers", "Mountains"},
	"Novel":             {"The Lighthouse", "A Winter in Kraków", "The Clockmaker", "Salt and Ashes", "The Last Ferry", "Northern Line", "The Orchard", "Paper Boats", "The Quiet Coast", "Seven Letters"},
	"Dictionary":        {"English", "Spanish", "French", "German", "Italian", "Japanese", "Polish", "Swedish", "Portuguese", "Latin"},
	"Biography":         {"A Composer", "An Engineer", "A Queen", "An Astronomer", "A Gardener", "A Chess Player", "A Sailor", "A Painter", "A Nurse", "An Inventor"},
	"Travel Guide":      {"Norway", "Portugal", "Japan", "Scotland", "Peru", "Iceland", "Vietnam", "Morocco", "Canada", "Croatia", "New Zealand", "Greece"},
	"Comic":             {"Captain Comet", "The Night Librarians", "Moss and Fern", "Robot Summer", "The Tiny Detectives", "Cats in Space", "Harbour Street", "The Paper Knight"},
	"Poetry Collection": {"The Sea", "Winter", "Love", "Cities", "Birds", "Home", "Trains", "Gardens", "Silence", "Rain"},
}
