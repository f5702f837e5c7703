/// The text of generated audiences, as UTF-8.
enum GeneratorText {
    /// People and the cities that they are from, so that a row is in one script.
    struct Region {
        /// How many rows in a hundred.
        let weight: Int
        let names: [[UInt8]]
        let cities: [[UInt8]]

        init(_ weight: Int, _ names: [String], _ cities: [String]) {
            self.weight = weight
            self.names = names.map { Array($0.utf8) }
            self.cities = cities.map { Array($0.utf8) }
        }
    }

    static let regions = [
        Region(
            46,
            [
                "Ada", "Grace", "Linus", "Margaret", "Donald", "Barbara", "Ken", "Radia", "Edsger",
                "Tony", "Frances", "Dennis", "Shafi", "Leslie", "Adele", "Niklaus", "Siobhan",
                "Mary Ann", "O'Brien", "Jean-Luc",
            ],
            ["London", "Austin", "Dublin", "Toronto", "Sydney", "Washington, D.C.", "Leeds"]),
        Region(
            18,
            ["Zoë", "José", "Björn", "Łukasz", "Åsa", "Chloé", "Jürgen", "Nuño", "Dvořák", "İpek"],
            ["Köln", "São Paulo", "Kraków", "Malmö", "Zürich", "Saint-Denis, Réunion", "İzmir"]),
        Region(
            8, ["Анна", "Дмитрий", "Олена", "Георги", "Светлана", "Ярослав"],
            ["Київ", "София", "Алматы", "Београд"]),
        Region(
            8, ["小明", "美玲", "王芳", "陽菜", "蓮", "さくら"], ["上海", "東京", "台北", "大阪市"]),
        Region(6, ["محمد", "فاطمة", "ليلى", "يوسف"], ["القاهرة", "الدار البيضاء", "دبي"]),
        Region(6, ["आरव", "प्रिया", "अनन्या", "विवान"], ["मुंबई", "दिल्ली", "पुणे"]),
        Region(4, ["민준", "서연", "지우"], ["서울", "부산"]),
        Region(2, ["Ελένη", "Γιώργος"], ["Αθήνα", "Πάτρα"]),
        Region(2, ["נועה", "איתי", "สมชาย", "👩🏽‍🚀 Mae"], ["חיפה", "กรุงเทพฯ", "Kigali"]),
    ]

    static let free = Array("free".utf8)
    static let pro = Array("pro".utf8)
    static let enterprise = Array("enterprise".utf8)

    /// What most notes are.
    static let shortNotes = [
        "", "", "", "vip", "new customer", "prefers email", "gift wrap", "call first", "ok",
        "left at the door", "second floor", "no onions", "returning since 2019",
    ].map { Array($0.utf8) }

    /// What the others are made of; some of it needs quotes and escapes.
    static let sentences = [
        "Asked about the invoice, then paid it.", "Wants the \"large\" one.",
        "Lives on the corner of 5th and Main, ring twice.", "Danke für alles!",
        "Prefers the blue model; the red one is too bright.", "Muchas gracias, hasta luego.",
        "Delivery between 9:00 and 11:30, not later.", "発送は来週の月曜日です。",
        "Said: \"call me, maybe\".", "Path is C:\\temp\\orders.", "Tab\there.",
        "50% off, 20 € saved.",
    ].map { Array($0.utf8) }
}
