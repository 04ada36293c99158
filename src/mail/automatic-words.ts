/** The phrases of answering machines, by language; compiled once. Data for `automatic-phrases.ts`, which says how many of them it takes. */

/**
 * A row a language, of regular expressions: `name`, what an answering machine calls its answer in the subject; `absence`, how somebody is said to be
 * away; `advice`, what such answers say besides (whom to ask, when the answer comes, thanks for the message).
 */
interface AnsweringWords {
  readonly name: string
  readonly absence: string
  readonly advice: string
}

const gap = '.{0,60}'

const answeringWords: Readonly<Record<string, AnsweringWords>> = {
  en: {
    name: 'auto(?:matic|mated|matically generated)? ?-?(?:reply|response|respons|responder|answer)|vacation (?:auto-?)?(?:reply|response|message)|out[ -]of[ -](?:the )?office (?:auto-?)?(?:reply|response|message|notification)',
    absence: `\\b(?:i am|i'm|i’m|i will be|i'll be|i’ll be|am|currently)${gap}\\b(?:out of (?:the |my |our )?office|away|on (?:annual |parental |maternity |paternity |sick |study )?leave|on (?:vacation|holidays?)|travell?ing|not in the office|unavailable|out of town)|\\bout of (?:the )?office (?:until|till|from|on|for|through)|\\b(?:returning|back) (?:to|in) (?:the|my) office on|\\bno longer (?:in use|monitored|works? (?:for|at)|employed|with the company)`,
    advice:
      'limited access to|\\b(?:in|for) (?:any |an |case of )?(?:urgent|emergency|immediate|pressing)|urgent (?:matters|inquiries|enquiries|requests|issues|cases|assistance)|immediate assistance|please contact|(?:respond|reply|get back|answer).{0,60}(?:return|back|as soon as)|(?:upon|on|after) my return|when i (?:return|get back)|(?:will )?not be forwarded|automat(?:ed|ic) (?:message|reply|response|e-?mail)|thank you for (?:your|contacting|e-?mailing|writing)|thanks for your (?:e-?mail|message)|for assistance',
  },
  de: {
    name: 'automatische (?:rück)?antwort|autom\\. antwort|automatisch generierte antwort|abwesenheits(?:notiz|meldung|nachricht|benachrichtigung|assistent|info|information)|urlaubs(?:benachrichtigung|meldung|notiz)',
    absence: `(?:bin ich|ich bin|ich befinde mich|befinde ich mich|derzeit|momentan|aktuell|leider)${gap}(?:nicht im (?:büro|haus)|abwesend|im urlaub|außer haus|ausser haus|nicht erreichbar|in elternzeit|auf (?:dienst|geschäfts)reise|nicht am platz|nicht anwesend)|nicht mehr (?:für|bei).{0,40}tätig`,
    advice:
      'in dringenden|dringende(?:n|r)? (?:fällen|fragen|angelegenheiten)|wenden sie sich|kontaktieren sie|nicht weitergeleitet|nach meiner rückkehr|automatisch (?:generiert|erstellt|versandt|gesendet)|automatische (?:antwort|nachricht)|(?:vielen |herzlichen )?dank für (?:ihre|deine|die)|wieder (?:erreichbar|im büro|für sie da|persönlich)|vertretung|meine (?:kollegen|kollegin|kollege)',
  },
  pl: {
    name: 'automatyczna odpowiedź|odpowiedź automatyczna|auto ?odpowiedź|informacja o nieobecności|wiadomość automatyczna|autoresponder',
    absence: `(?:jestem|będę|przebywam|obecnie|w dniach)${gap}(?:poza biurem|nieobecn|na urlopie|niedostępn|na zwolnieniu|w delegacji|w podróży służbowej)|(?:nie będzie mnie|nie ma mnie) w biurze`,
    advice:
      'w (?:pilnych|nagłych|przypadku)|pilne sprawy|proszę o kontakt|prosimy o kontakt|proszę kontaktować|po (?:moim )?powrocie|wiadomość (?:została )?wygenerowana automatycznie|automatyczna (?:odpowiedź|wiadomość)|dziękuję za (?:wiadomość|e-?mail|kontakt)|dziękujemy za|ograniczony dostęp|zastępuje mnie|w zastępstwie',
  },
  sv: {
    name: 'automatiskt? svar|autosvar|auto-?svar|frånvaromeddelande|semestermeddelande|autorespons',
    absence: `(?:jag är|är jag|jag har|kommer att vara|för närvarande)${gap}(?:inte på (?:kontoret|plats)|på semester|semester|frånvarande|bortrest|ledig|tjänsteresa|föräldraledig|ej på kontoret)`,
    advice:
      'brådskande|akuta ärenden|vänligen kontakta|kontakta gärna|var god kontakta|när jag är (?:åter|tillbaka)|åter på kontoret|tillbaka på kontoret|tack för ditt (?:mail|mejl|meddelande|e-post)|begränsad (?:tillgång|möjlighet)|återkommer',
  },
  da: {
    name: 'automatisk svar|autosvar|fraværs(?:meddelelse|besked|melding)|ikke til stede|automatisk besvarelse',
    absence: `(?:jeg er|er jeg|jeg har|har jeg|jeg holder|for øjeblikket)${gap}(?:ikke på (?:kontoret|arbejde)|ferie|bortrejst|bortreist|fraværende|ikke til stede|barsel|permisjon|orlov|på (?:tjeneste|forretnings)rejse)`,
    advice:
      'haster|hastesager|hastesaker|kontakt venligst|kontakte|venligst kontakt|vennligst kontakt|ta kontakt med|du kan kontakte|tilbage på kontoret|tilbake på kontoret|når jeg er (?:tilbage|tilbake|retur)|tak for din (?:mail|e-?mail|besked|henvendelse)|takk for (?:din|e-?post|henvendelsen|meldingen)|begrænset adgang|begrenset tilgang',
  },
  he: {
    name: 'תשובה אוטומטית|מענה אוטומטי|הודעת היעדרות|הודעה אוטומטית',
    absence: 'בחופשה|מחוץ למשרד|איני במשרד|אינני במשרד|לא (?:אהיה|נמצא|נמצאת) במשרד|בחופשת|אעדר|נעדר|אני לא במשרד',
    advice:
      'במקרים דחופים|במקרה דחוף|לעניינים דחופים|בנושאים דחופים|ניתן לפנות|נא לפנות|אנא פנו|אשוב|אחזור|עם שובי|תודה על פנייתך|תודה על הודעתך|תודה על פנייתכם',
  },
  fr: {
    name: "réponse automatique|réponse auto|message automatique|(?:notification|message|avis) d['’]absence|absence du bureau|répondeur automatique",
    absence: `(?:je suis|je serai|nous sommes|actuellement|suis|serai|momentanément)${gap}(?:absente?|en congés?|en vacances|en déplacement|hors du bureau|indisponible|injoignable|en formation|en arrêt)`,
    advice:
      "en cas d['’]urgence|pour toute (?:urgence|demande urgente|question urgente)|(?:veuillez|merci de|vous pouvez|n['’]hésitez pas à) (?:contacter|vous adresser|prendre contact|adresser)|à mon retour|dès mon retour|merci (?:de|pour) votre (?:message|e-?mail|mail|courriel)|j['’]ai bien reçu|accès limité|réponse automatique|message automatique|ne sera pas transféré",
  },
  es: {
    name: 'respuesta autom[áa]tica|auto ?-?respuesta|mensaje autom[áa]tico|respuesta de ausencia|aviso de ausencia',
    absence: `(?:estoy|estar[ée]|me encuentro|nos encontramos|actualmente|hallar[ée])${gap}(?:fuera de (?:la |mi )?oficina|de vacaciones|ausente|de viaje|de baja|no disponible)`,
    advice:
      'en caso de urgencia|para (?:asuntos|temas|consultas|cualquier).{0,20}urgente|si es urgente|(?:por favor|puede|pueden)(?:,)? (?:contact|póngase|dirij|comun)|a mi (?:regreso|vuelta)|gracias por (?:su|tu|contactar|escribir)|acceso limitado|mensaje automático|respuesta automática',
  },
  it: {
    name: "risposta automatica|auto ?-?risposta|messaggio automatico|messaggio di assenza|assenza dall['’]ufficio",
    absence: `(?:sono|sarò|saro'|mi trovo|attualmente|siamo)${gap}(?:fuori (?:sede|ufficio|dall['’]ufficio)|in ferie|assente|in viaggio|in vacanza|non disponibile|in trasferta)`,
    advice:
      "per (?:urgenze|questioni urgenti|comunicazioni urgenti|qualsiasi urgenza|necessità urgenti)|in caso di urgenza|(?:si prega di|potete|può|vi prego di|la prego di) (?:contattare|rivolger|scrivere)|al mio (?:rientro|ritorno)|grazie per (?:il|la|averci|avermi|l['’])|accesso limitato|risposta automatica|messaggio automatico",
  },
  nl: {
    name: 'automatisch (?:antwoord|bericht)|automatische (?:reactie|beantwoording|melding)|afwezigheids(?:bericht|melding|assistent)|out of office bericht',
    absence: `(?:ik ben|ben ik|wij zijn|momenteel|op dit moment)${gap}(?:afwezig|niet aanwezig|niet op kantoor|met vakantie|op vakantie|met verlof|niet bereikbaar|op zakenreis|vrij)`,
    advice:
      'in (?:dringende|urgente|geval)|voor (?:dringende|urgente|spoed)|spoed|(?:neem|kunt u|kun je|gelieve).{0,40}contact|bij mijn terugkomst|na mijn terugkeer|weer (?:aanwezig|bereikbaar|op kantoor)|(?:dank|bedankt) voor (?:uw|je|het)|niet doorgestuurd|beperkt (?:toegang|bereikbaar)',
  },
  pt: {
    name: 'resposta autom[áa]tica|auto ?-?resposta|mensagem autom[áa]tica|aus[êe]ncia tempor[áa]ria|aviso de aus[êe]ncia|notifica[çc][ãa]o de aus[êe]ncia',
    absence: `(?:estou|estarei|encontro-me|me encontro|estamos|estaremos|no momento)${gap}(?:fora do escrit[óo]rio|ausente|de f[ée]rias|em f[ée]rias|em viagem|de licen[çc]a|indispon[íi]vel)`,
    advice:
      'em caso de urg[êe]ncia|para (?:assuntos|quest[õo]es).{0,20}urgente|(?:por favor|favor|pode|queira)(?:,)? (?:contact|contat|entre em contato|dirigir)|ao (?:meu )?regress|no meu (?:regresso|retorno)|quando (?:regressar|retornar)|obrigad[oa] (?:pel|por)|agrade[çc]o (?:o|a) (?:seu|sua)|acesso limitado|mensagem autom[áa]tica',
  },
  cs: {
    name: 'automatick[áa] odpov[ěe][ďd]|automatick[áa] odpove[ďd]|nepřítomnost v kanceláři|oznámení o nepřítomnosti|neprítomnosť|mimo kancelář|mimo kancelárie',
    absence: `(?:jsem|budu|som|budem|mám|čerpám|momentálně|momentálne|aktuálně)${gap}(?:mimo kancelář|mimo kancelári|nepřítom|neprítom|na dovolené|dovolenou|na dovolenke|dovolenku|služební cest|služobnej cest)`,
    advice:
      'v (?:naléhav|neodkladn|urgentn|případě|prípade|súrn)|(?:obraťte|obráťte) se|obráťte sa|kontaktujte|po (?:mém|svém|mojom|svojom) návrat|děkuji za|ďakujem za|děkujeme za|ďakujeme za|omezený přístup|obmedzený prístup|zastupuje',
  },
  fi: {
    name: 'automaattinen (?:vastaus|poissaolo)|poissaoloilmoitus|poissaoloviesti|lomavastaus',
    absence: `(?:olen|olemme)${gap}(?:lomalla|poissa|matkoilla|vapaalla|vanhempainvapaalla)|en ole (?:tavoitettavissa|toimistolla|paikalla)|poissa toimistolta`,
    advice:
      'kiireelli|kiireisissä|ota(?:than)? yhteyttä|ottakaa yhteyttä|palattuani|palaan (?:töihin|toimistolle|takaisin)|kiitos (?:viestistä|sähköposti|yhteydenoto)|vastaan viest',
  },
  hu: {
    name: 'automatikus válasz(?:üzenet)?|házon kívül|irodán kívül',
    absence:
      'házon kívül vagyok|irodán kívül|szabadságon (?:vagyok|leszek)|szabadságomat|nem vagyok elérhető|nem tartózkodom|távol (?:vagyok|leszek)|szabadságon',
    advice:
      'sürgős|kérem,? (?:forduljon|keresse|vegye)|visszatérés|visszaérkez|köszönöm (?:a |az )?(?:üzenet|level|e-?mail|megkeres)|helyettes',
  },
  ro: {
    name: 'r[ăa]spuns automat|mesaj automat|în afara biroului',
    absence: `(?:sunt|voi fi|mă aflu|ma aflu|momentan)${gap}(?:în afara biroului|in afara biroului|în concediu|in concediu|plecat|absent|indisponibil)`,
    advice:
      'urgen[țt]|v[ăa] rug(?:ăm|am|ăm)? (?:s[ăa] )?(?:contacta|v[ăa] adresa)|vă rog|la întoarcere|când mă întorc|mul[țt]umesc pentru|mul[țt]umim pentru|acces limitat',
  },
  ru: {
    name: 'автоматический ответ|авто ?-?ответ|автоответчик|вне офиса|автоматична відповідь|автовідповідь|поза офісом|автоматичен отговор',
    absence: `(?:нахожусь|буду|отсутствую|перебуваю|я|в настоящее время|съм|ще бъда)${gap}(?:в отпуске|вне офиса|отсутств|в командировке|не в офисе|недоступ|у відпустці|поза офісом|відсутн|у відрядженні|в отпуск|извън офиса)`,
    advice:
      'срочн|терміново|невідкладн|спешн|обращайтесь|обратитесь|свяжитесь|звертайтесь|зверніться|зв[ʼ’]яжіться|обърнете се|свържете се|по возвращении|после возвращения|після повернення|след завръщане|спасибо за|благодарю за|дякую за|благодаря за|ограниченн|обмежен',
  },
  tr: {
    name: 'otomatik (?:yan[ıi]t|cevap|mesaj)|ofis d[ıi][şs][ıi]',
    absence:
      'ofis d[ıi][şs][ıi]nda|izin(?:de|li)y|y[ıi]ll[ıi]k izn|tatildeyim|ofiste (?:olmayaca|de[ğg]ilim|bulunm)|seyahatte|izinde olaca',
    advice:
      'acil (?:durum|konu|hallerde|işler)|ileti[şs]ime ge[çc]|başvurabilirsiniz|d[öo]nd[üu][ğg][üu]mde|d[öo]n[üu][şs][üu]mde|te[şs]ekk[üu]r ed|s[ıi]n[ıi]rl[ıi] eri[şs]im',
  },
  hr: {
    name: 'automatski odgovor|samodejni odgovor|аутоматски одговор|izvan ureda',
    absence: 'izvan ureda|na godišnjem|nisam u uredu|odsut(?:an|na)|službenom putu|na dopust|odsoten|odsotna|nisam u kancelariji',
    advice: 'hitn|nujn|molim(?:o)? (?:vas )?(?:kontaktirajte|obratite)|obrnite na|po povratku|hvala (?:vam )?na|hvala za|zamjenjuje',
  },
  el: {
    name: 'αυτ[όο]ματη απ[άα]ντηση|εκτ[όο]ς γραφε[ίι]ου',
    absence: 'εκτ[όο]ς γραφε[ίι]ου|σε [άα]δεια|απουσι[άα]ζω|θα απουσι[άα]|με [άα]δεια|θα λε[ίι]πω',
    advice: 'επε[ίι]γον|επικοινων[ήη]στε|απευθυνθε[ίι]τε|επιστροφ[ήη]|επιστρ[έε]ψω|ευχαριστ[ώω] για|ευχαριστο[ύυ]με',
  },
  lv: {
    name: 'autom[āa]tisk[āa] atbilde|autom[āa]tiskais? (?:ziņojums|atbild)|prombūtnes|automatinis atsakymas|automaatvastus|automaatne vastus',
    absence:
      'atva[ļl]in[āa]jum|prombūtn|ārpus biroja|[āa]rpus biroja|komand[ēe]jum|atostog|nesu biure|komandiruot|puhkusel|kontorist|lähetuses',
    advice:
      'steidzam|l[ūu]dzu,? (?:sazin|griez|v[ēe]rs)|p[ēe]c atgrie|paldies|skubi|prašom kreiptis|kreipkitės|grįž|ačiū|kiire|pöördu|tänan|naasen|atbildē',
  },
  ar: {
    name: 'رد تلقائي|الرد التلقائي|رد آلي|پاسخ خودکار',
    absence: 'خارج المكتب|في إجازة|في اجازة|غير متواجد|خارج از دفتر|مرخصی',
    advice:
      'للحالات (?:العاجلة|الطارئة)|للأمور العاجلة|عاجل|يرجى (?:التواصل|الاتصال)|الرجاء التواصل|عند عودتي|بعد عودتي|شكر[اًا]* (?:لتواصلك|على رسالتك|لرسالتك)|شكرا',
  },
  zh: {
    name: '自动(?:答复|回复|应答)|自動(?:回覆|答覆|回复|答復)|外出自动|不在办公室|不在辦公室',
    absence: '不在办公室|不在辦公室|外出|休假|出差|年假|度假|放假|请假|請假',
    advice:
      '紧急|緊急|急事|请联系|請聯繫|請聯絡|请联络|回来后|返回后|回來後|回复您|回覆您|感谢您的(?:来信|邮件)|感謝您的(?:來信|郵件)|自动回复|自動回覆',
  },
  ja: {
    name: '自動(?:応答|返信|送信)|不在(?:通知|のお知らせ|連絡|応答)|休暇(?:通知|のお知らせ)',
    absence: '不在(?:に|と|の|して|中)|休暇(?:を|中|の)|外出(?:中|し)|出張(?:中|し|の)|休業|お休みを(?:いただ|頂)',
    advice:
      '緊急|お急ぎ|急用|ご連絡(?:ください|下さい|をお願い)|まで(?:ご連絡|お電話)|戻り次第|後日|改めて(?:ご連絡|ご返信)|自動(?:応答|返信|で)|メールをいただき|メールありがとう',
  },
  ko: {
    name: '자동 ?(?:회신|응답|답장)|부재 ?중 ?(?:알림|안내|자동)|부재 ?중',
    absence: '부재 ?중|휴가 ?중|휴가(?:로|입니다)|출장 ?(?:중|으로)|외근 ?중|자리를 비(?:우|웁)',
    advice: '긴급|급한|연락 ?(?:주시기|바랍니다|주세요|부탁)|복귀 ?(?:후|하는)|돌아(?:와|온)|감사합니다|자동 ?(?:회신|응답)',
  },
}

/** The reports of mail servers, in subjects: what could not be delivered, in the words of the servers. */
const bounceSubjects = [
  'undeliver(?:able|ed)(?: mail| message)?(?: returned to sender)?',
  'mail delivery (?:failed|failure|error|system|problem|status)|delivery (?:status notification|notification|failure|failed|error|problem|report|has failed|incomplete|delayed)|mail system error',
  'returned mail|return(?:ed)? to sender|failure notice|failed mail|non-?delivery|message (?:delivery (?:failure|problem)|could not be delivered|undeliverable|not delivered|rejected)|mail could not be delivered|could not deliver|error sending|rejected mail|mail rejected',
  'unzustellbar|nicht zustellbar|zustellung (?:fehlgeschlagen|nicht möglich|verzögert)|nachricht nicht zugestellt|mail konnte nicht zugestellt|fehler bei der zustellung|zustellungsfehler',
  'niedostarczon|nie ?można dostarczyć|nie dostarczono|zwrot(?: poczty| wiadomości|: )|powiadomienie o (?:niedostarczeniu|stanie dostarczenia)|błąd dostarcz',
  'går inte att leverera|kunde inte levereras|leveransfel|olevererbart|ej levererat|kan ikke leveres|kunne ikke leveres|ikke leveret|uleveret|leveringsfejl|leveringsfeil|kan ikke levere',
  'לא ניתן למסור|לא נמסר|כשל במסירה|הודעה שלא נמסרה|שגיאת מסירה|דואר שהוחזר',
  "non remis|non remise|échec de (?:la )?(?:remise|distribution|livraison)|non distribué|avis de non-remise|message non délivré|courrier (?:non délivré|retourné)|impossible de remettre|échec d['’]envoi",
  'no se puede entregar|no entregado|no se ha podido entregar|error (?:de|en la) entrega|fallo (?:de|en la) entrega|devuelto al remitente|correo devuelto|notificación de entrega',
  'non recapitabile|mancato recapito|mancata consegna|impossibile recapitare|consegna non riuscita|errore di consegna|messaggio non consegnato|notifica di mancato',
  'onbestelbaar|niet (?:afgeleverd|bezorgd|besteld)|bezorging mislukt|aflevering mislukt|bericht niet bezorgd|kon niet worden (?:bezorgd|afgeleverd)',
  'não (?:é possível entregar|entregue|pôde ser entregue|foi entregue)|falha (?:na|de) entrega|mensagem devolvida|erro (?:na|de) entrega|não entregável',
  'nedoručiteln|nelze doručit|nedoručeno|nedoručená|nedoručiteľn|nemožno doručiť|chyba (?:při )?doručen|vrácená zpráva|zpráva nebyla doručena|správa nebola doručená',
  'toimitus epäonnistui|toimittamaton|ei voitu toimittaa|viestiä ei voi toimittaa|kézbesíthetetlen|kézbesítés sikertelen|nem kézbesíthető|sikertelen kézbesítés|nelivrabil|nu a putut fi livrat|livrare eșuată',
  'недоставлен|не (?:удалось|может быть) достав|сообщение не доставлено|невозможно доставить|ошибка доставки|не вдалося доставити|не доставлено|помилка доставки|недоставена',
  'teslim edilemedi|iletilemedi|teslim edilemeyen|nije isporučen|neisporučen|ni mogoče dostaviti|δεν παραδόθηκε|αδύνατη παράδοση|αποτυχία παράδοσης',
  'تعذر التسليم|لم يتم التسليم|فشل التسليم|غير قابل للتسليم|无法(?:投递|送达|传递)|無法(?:傳遞|投遞|送達)|退信|系统退信|未送达|传送失败|郵件傳送失敗|邮件被退回',
  '配信(?:でき|不能|エラー|失敗)|配信できません|送信(?:エラー|失敗|できません)|メールエラー|配達(?:でき|不能)|不達|전송 ?실패|배달(?:되지| 실패| 못)|수신 ?거부|반송',
]

/** What such reports say in their first lines. */
const bounceTexts = [
  "could ?n[o’']?t be delivered|cannot be delivered|can ?not be delivered|was not delivered|undeliverable|delivery (?:to the following|has failed|failed)|permanent(?:ly)? (?:error|failure|failed)|user unknown|mailbox (?:is )?(?:full|unavailable|not found)|no such user|address rejected|recipient (?:address )?(?:rejected|unknown)|returned to (?:the )?sender|quota exceeded|reporting-mta|final-recipient|unknown (?:user|recipient|mailbox)",
  "(?:konnte|kann) (?:nicht|leider nicht) zugestellt|unzustellbar|nie (?:mogła|może|można) (?:zostać )?dostarcz|kunde inte levereras|kunne ikke leveres|לא ניתן היה למסור|n[’']a pas pu être (?:remis|distribué|délivré)|no (?:se )?(?:pudo|ha podido) (?:ser )?entreg|non è stato (?:possibile recapitare|recapitato|consegnato)|kon niet worden (?:bezorgd|afgeleverd)|não (?:pôde|foi possível) (?:ser )?entreg|nelze doručit|nemohla být doručena|не (?:может быть|удалось|было) доставл|не вдалося доставити|teslim edilemedi|无法投递|無法傳遞|配信できま|送信できま|届けることができ|전달(?:되지|할 수)|تعذر تسليم",
  '\\b5\\d\\d[ -]5\\.\\d{1,3}\\.\\d{1,3}\\b|\\b55[0-4][ -]|<<< ?5\\d\\d|>>> ?5\\d\\d|smtp; ?5\\d\\d|remote host said',
]

/** Read receipts: how the subject begins, and what the text says. */
const receiptSubjects =
  'read|not read|gelesen|ungelesen gelöscht|przeczytano|przeczytane|läst|læst|lest|lu|non lu|leído|letto|gelezen|lida|lido|přečteno|prečítané|luettu|elolvasva|citit|прочитано|прочтено|okundu|pročitano|נקרא|已读|已讀|開封済み|읽음|تمت القراءة'
const receiptTexts =
  'your message.{0,200}was (?:read|displayed|opened)|this is a (?:return|read) receipt|ihre nachricht.{0,200}(?:gelesen|angezeigt)|lesebestätigung|twoja wiadomość.{0,200}(?:przeczytan|wyświetlon)|potwierdzenie (?:przeczytania|odczytu)|ditt meddelande.{0,200}läst|din meddelelse.{0,200}læst|meldingen.{0,200}lest|votre message.{0,200}(?:lu|affiché)|accusé de (?:lecture|réception)|su mensaje.{0,200}leído|confirmación de lectura|il (?:tuo|suo) messaggio.{0,200}(?:letto|visualizzato)|conferma di lettura|uw bericht.{0,200}(?:gelezen|weergegeven)|leesbevestiging|a sua mensagem.{0,200}lida|confirmação de leitura|vaše zpráva.{0,200}(?:přečtena|zobrazena)|potvrzení o přečtení|vaša správa.{0,200}prečítan|viestisi.{0,200}luettu|az üzenet.{0,200}(?:elolvas|megjelen)|ваше сообщение.{0,200}(?:прочитано|прочтено)|уведомление о прочтении|iletiniz.{0,200}okun|ההודעה שלך.{0,200}נקרא|אישור קריאה|您的邮件.{0,200}已?阅?读|開封(?:確認|されました)|읽(?:었|음)'

/** How a subject tells of an absence without calling itself an answer; a topic as well, so that the text must tell of it too. */
const absenceSubjects = [
  'out of (?:the |my )?office|\\bOOO\\b|\\baway (?:from|until|till)|on (?:leave|vacation|holidays?)\\b|abwesen|nicht im (?:büro|haus)|im urlaub|außer haus|poza biurem|nieobecn|na urlopie',
  'inte på kontoret|ej på kontoret|frånvar|semester|ikke på kontoret|fravær|ferie|absente?\\b|absence|en congé|hors du bureau|fuera de (?:la )?oficina|ausente|vacaciones|ausência|fora do escritório|férias',
  'fuori (?:ufficio|sede)|assente|in ferie|afwezig|niet aanwezig|vakantie|mimo kancelář|nepřítom|neprítom|dovolen|poissa|lomalla|szabads|házon kívül|concediu|în afara biroului|atva[ļl]in|prombūtn|atostog|puhkus',
  'вне офиса|отсутств|в отпуске|відпустц|поза офісом|ofis d[ıi]ş[ıi]|izinde|izvan ureda|εκτός γραφείου|σε άδεια|חופשה|מחוץ למשרד|خارج المكتب|إجازة|休假|外出|不在|休暇|부재|휴가',
]

function alternatives(parts: readonly string[]): RegExp {
  return new RegExp(parts.map((part) => `(?:${part})`).join('|'), 'iu')
}

const rows = Object.values(answeringWords)

/** A name of an automatic answer, followed by a colon or the end; words may stand before it, but no prefix of a reply. */
export const answerNameInSubject = new RegExp(
  `^[\\p{L}\\p{M}\\s.'’-]{0,60}?(?<!\\p{L})(?:${rows.map((row) => row.name).join('|')})(?:\\s?[:：]|\\s?(?:re|aw|sv|odp|fwd?)\\s?[:：]|\\s?[-–—|(]|[\\s.!)\\]]*$)`,
  'iu',
)
export const absenceInSubject = alternatives(absenceSubjects)
export const absence = alternatives(rows.map((row) => row.absence))
export const advice = new RegExp(rows.map((row) => row.advice).join('|'), 'giu')
export const bounceSubject = alternatives(bounceSubjects)
export const bounceText = alternatives(bounceTexts)
export const receiptSubject = new RegExp(`^(?:${receiptSubjects})\\s?[:：]`, 'iu')
export const receiptText = new RegExp(receiptTexts, 'iu')
