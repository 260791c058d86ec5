/* The page for somebody who was told this address and wonders what to do. */
#include "relay/web_text.h"

#include <string.h>

const char web_style[] =
    ":root{color-scheme:light dark;--ink:#1d2330;--paper:#fff;--soft:#eef2f8;--line:#c5cedd;"
    "--accent:#1a56a8;--warn:#fff4d6;--warn-line:#b97800}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ecf4;--paper:#141924;--soft:#1f2736;"
    "--line:#44506a;--accent:#8db8ff;--warn:#3a2f10;--warn-line:#e0a526}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:1.125rem/1.55 system-ui,"
    "\"DejaVu Sans\",sans-serif;overflow-wrap:break-word}\n"
    "main{max-width:42rem;margin:0 auto;padding:1.25rem 1rem 3rem}\n"
    "h1{font-size:1.7rem;line-height:1.25;margin:.5rem 0 1rem}\n"
    "h2{font-size:1.25rem;margin:2rem 0 .5rem}\n"
    "ol,ul{padding-left:1.4rem;margin:.5rem 0}li{margin:.5rem 0}\n"
    ".warn{background:var(--warn);border:1px solid var(--warn-line);border-left-width:.4rem;"
    "border-radius:.4rem;padding:.25rem 1rem .75rem;margin:1.25rem 0}\n"
    ".warn h2{margin-top:.75rem}\n"
    "code{display:inline-block;background:var(--soft);border:1px solid var(--line);"
    "border-radius:.3rem;padding:.1rem .45rem;font:1rem/1.5 ui-monospace,\"DejaVu Sans "
    "Mono\",monospace;overflow-wrap:anywhere}\n"
    "a{color:var(--accent)}a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}\n"
    "footer{margin-top:2.5rem;padding-top:.75rem;border-top:1px solid var(--line);"
    "font-size:1rem}\n";

struct page {
    const char *language;
    const char *top;
    const char *of, *of_nobody; /* whose service it is */
    const char *steps;
    const char *report, *report_nobody; /* with a contact, without one */
    const char *end;
};

static const struct page pages[] = {
    {
        .language = "en",
        .top = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta name=\"robots\" content=\"noindex\">\n"
               "<title>Get help with your computer</title>\n"
               "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<main>\n"
               "<h1>Get help with your computer</h1>\n",
        .of = "<p>This is the remote help service of <strong>{organisation}</strong>. ",
        .of_nobody = "<p>This is a remote help service. ",
        .steps =
            "A helper whom you called can see your screen here after you said yes, and you can end "
            "it at any time. The service cannot see your screen: it only passes on what the two of "
            "you send each other encrypted.</p>\n"
            "<section class=\"warn\">\n<h2>Did somebody call you?</h2>\n"
            "<p><strong>Then hang up.</strong> Share your screen only with somebody you called "
            "yourself, at a number that you know.</p>\n"
            "<ul>\n<li>Nobody honest hurries or frightens you.</li>\n"
            "<li>Never tell or show anybody a password, and do no banking meanwhile.</li>\n"
            "<li>Whoever controls your computer can do damage with it. Watch what they do.</li>\n"
            "</ul>\n</section>\n"
            "<h2>How to get help here</h2>\n<ol>\n"
            "<li>Call the person or the service desk whom you trust. They read you a "
            "<strong>security code</strong> of twelve digits.</li>\n"
            "<li>Start <strong>qa-share</strong> on your computer: <em>Share my screen</em> in the "
            "menu of programs, or in a terminal<br><code>qa-share --relay {host}</code><br>"
            "If it is not there, your helper or your service desk tells you how to get it.</li>\n"
            "<li>Type the code. You read who is asking, and from which organisation. Is it the one "
            "you called?</li>\n"
            "<li>Say yes if your screen may be seen. Whether mouse and keyboard may be controlled "
            "is asked apart; you may say no.</li>\n"
            "<li>To stop, press <strong>End</strong>, or Ctrl+Alt+Q twice in any window.</li>\n"
            "</ol>\n"
            "<p>Nothing has to be typed or downloaded on this page.</p>\n"
            "<h2>Something was wrong?</h2>\n"
            "<p>End the session: in qa-share press <strong>Report</strong>, write what happened, "
            "and those who run this service read it. Change passwords that somebody may have "
            "seen, and call your bank if it is about money.</p>\n",
        .report = "<p>To reach those who run this service, and to report abuse: "
                  "<strong>{contact}</strong></p>\n",
        .report_nobody = "<p>Those who run this service can be reached through whoever gave you "
                         "this address.</p>\n",
        .end = "<footer>You help others? Start qa-help:<br><code>qa-help --relay "
               "{host}</code></footer>\n</main>\n</body>\n</html>\n",
    },
    {
        .language = "fr",
        .top = "<!doctype html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta name=\"robots\" content=\"noindex\">\n"
               "<title>Obtenir de l’aide pour votre ordinateur</title>\n"
               "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<main>\n"
               "<h1>Obtenir de l’aide pour votre ordinateur</h1>\n",
        .of = "<p>Ceci est le service d’assistance à distance de "
              "<strong>{organisation}</strong>. ",
        .of_nobody = "<p>Ceci est un service d’assistance à distance. ",
        .steps =
            "Un assistant que vous avez appelé peut y voir votre écran après votre accord, et vous "
            "pouvez y mettre fin à tout moment. Le service ne voit pas votre écran : il ne fait "
            "que transmettre ce que vous vous envoyez chiffré.</p>\n"
            "<section class=\"warn\">\n<h2>Quelqu’un vous a appelé ?</h2>\n"
            "<p><strong>Alors raccrochez.</strong> Ne partagez votre écran qu’avec quelqu’un que "
            "vous avez appelé vous-même, à un numéro que vous connaissez.</p>\n"
            "<ul>\n<li>Personne d’honnête ne vous presse ni ne vous fait peur.</li>\n"
            "<li>Ne dites et ne montrez jamais un mot de passe à personne, et ne faites pas "
            "d’opérations bancaires pendant ce temps.</li>\n"
            "<li>Qui contrôle votre ordinateur peut y faire des dégâts. Regardez ce qu’il "
            "fait.</li>\n</ul>\n</section>\n"
            "<h2>Comment obtenir de l’aide ici</h2>\n<ol>\n"
            "<li>Appelez la personne ou le service d’assistance en qui vous avez confiance. On "
            "vous lit un <strong>code de sécurité</strong> de douze chiffres.</li>\n"
            "<li>Lancez <strong>qa-share</strong> sur votre ordinateur : <em>Partager mon "
            "écran</em> dans le menu des programmes, ou dans un terminal<br>"
            "<code>qa-share --relay {host}</code><br>S’il n’y est pas, votre assistant ou votre "
            "service d’assistance vous dit comment l’obtenir.</li>\n"
            "<li>Tapez le code. Vous lisez qui demande, et de quelle organisation. Est-ce bien "
            "celui que vous avez appelé ?</li>\n"
            "<li>Dites oui si votre écran peut être vu. Le contrôle de la souris et du clavier est "
            "demandé à part ; vous pouvez dire non.</li>\n"
            "<li>Pour arrêter, appuyez sur <strong>Terminer</strong>, ou deux fois sur Ctrl+Alt+Q "
            "dans n’importe quelle fenêtre.</li>\n</ol>\n"
            "<p>Il n’y a rien à saisir ni à télécharger sur cette page.</p>\n"
            "<h2>Quelque chose n’allait pas ?</h2>\n"
            "<p>Mettez fin à la session : dans qa-share, appuyez sur <strong>Signaler</strong> et "
            "écrivez ce qui s’est passé ; ceux qui gèrent ce service le lisent. Changez les mots "
            "de passe que quelqu’un a pu voir, et appelez votre banque s’il s’agit "
            "d’argent.</p>\n",
        .report = "<p>Pour joindre ceux qui gèrent ce service, et pour signaler un abus : "
                  "<strong>{contact}</strong></p>\n",
        .report_nobody = "<p>On joint ceux qui gèrent ce service par la personne qui vous a donné "
                         "cette adresse.</p>\n",
        .end = "<footer>Vous aidez les autres ? Lancez qa-help :<br><code>qa-help --relay "
               "{host}</code></footer>\n</main>\n</body>\n</html>\n",
    },
};

void web_put_page(struct web_answer *out, const char *language, const struct web_values *values)
{
    const struct page *page = !strcmp(language, "fr") ? &pages[1] : &pages[0];
    web_put(out, page->top);
    web_put_filled(out, *values->organisation ? page->of : page->of_nobody, values);
    web_put_filled(out, page->steps, values);
    web_put_filled(out, *values->contact ? page->report : page->report_nobody, values);
    web_put_filled(out, page->end, values);
}
